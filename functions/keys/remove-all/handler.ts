import type { Logger } from '@aws-lambda-powertools/logger';
import * as v from 'valibot';
import type { UsagePlanStore } from '#shared/keys/usage-plan-store.ts';

/**
 * A request of CloudFormation to a custom resource. Source: CloudFormation User Guide, "Custom resource request and response
 * reference".
 */
const RequestSchema = v.object({
  RequestType: v.picklist(['Create', 'Update', 'Delete']),
  ResponseURL: v.string(),
  StackId: v.string(),
  RequestId: v.string(),
  LogicalResourceId: v.string(),
  ResourceProperties: v.object({ UsagePlanId: v.string() }),
});

/** The dependencies of {@link createRemoveAll}. */
export interface RemoveAllDeps {
  readonly usagePlan: (id: string) => Pick<UsagePlanStore, 'removeKeys'>;
  /** Puts a JSON document at a presigned URL. */
  readonly put: (url: string, body: object) => Promise<void>;
  readonly logger: Pick<Logger, 'info' | 'error'>;
}

/**
 * A custom resource whose deletion deletes the keys of the usage plan, which `npm run keys` creates beside the stack.
 * CloudFormation waits for the answer at the URL, so every request is answered, also when it fails.
 */
export const createRemoveAll =
  ({ usagePlan, put, logger }: RemoveAllDeps) =>
  async (event: unknown): Promise<void> => {
    const { RequestType, ResponseURL, ResourceProperties, ...ids } = v.parse(RequestSchema, event);
    const { UsagePlanId } = ResourceProperties;
    // Another plan is another resource: CloudFormation deletes the one of the previous plan after an update.
    const answer = { ...ids, PhysicalResourceId: `keys-of-${UsagePlanId}` };
    let failure: unknown;
    if (RequestType === 'Delete') {
      try {
        logger.info('API keys deleted', { keys: await usagePlan(UsagePlanId).removeKeys() });
      } catch (error) {
        logger.error('API keys not deleted', error as Error);
        failure = error;
      }
    }
    await put(
      ResponseURL,
      failure === undefined
        ? { ...answer, Status: 'SUCCESS' }
        : {
            ...answer,
            Status: 'FAILED',
            Reason: `Not all API keys of the usage plan could be deleted; delete the stack again. ${failure}`,
          },
    );
  };
