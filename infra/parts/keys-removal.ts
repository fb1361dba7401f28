import { CustomResource, Duration, Stack, Validations } from 'aws-cdk-lib';
import type { IUsagePlan } from 'aws-cdk-lib/aws-apigateway';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { USAGE_PLAN_TAG } from '#shared/deployment/names.ts';
import type { StageSettings } from '../stage-settings.ts';
import { NodeFunction } from './node-function.ts';

/** API Gateway accepts five deletions a second: this is enough for a thousand organisations. */
const TIMEOUT = Duration.minutes(5);

/** Deletes the API keys of a usage plan with the stack. `npm run keys` creates them, so the stack does not know them. */
export class KeysRemoval extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { settings, plan }: { readonly settings: StageSettings; readonly plan: IUsagePlan },
  ) {
    super(scope, id);
    const removeAll = new NodeFunction(this, 'RemoveAll', {
      settings,
      folder: 'keys/remove-all',
      timeout: TIMEOUT,
    });
    const arn = (resource: string, resourceName: string): string =>
      Stack.of(this).formatArn({ service: 'apigateway', account: '', resource, resourceName });
    removeAll.addToRolePolicy(
      new PolicyStatement({
        actions: ['apigateway:GET'],
        resources: [arn('/usageplans', `${plan.usagePlanId}/keys`)],
      }),
    );
    removeAll.addToRolePolicy(
      new PolicyStatement({
        actions: ['apigateway:DELETE'],
        resources: [arn('/apikeys', '*')],
        // Source: API Gateway Developer Guide, "Using tags to control access to API Gateway REST API resources".
        conditions: { StringEquals: { [`aws:ResourceTag/${USAGE_PLAN_TAG}`]: plan.usagePlanId } },
      }),
    );
    const keys = new CustomResource(this, 'Keys', {
      serviceToken: removeAll.functionArn,
      serviceTimeout: TIMEOUT,
      properties: { UsagePlanId: plan.usagePlanId },
    });
    Validations.of(keys).acknowledge({
      id: 'CloudFormation-Validate::W9003',
      reason: 'CDK writes the timeout as text, which CloudFormation accepts',
    });
    if (removeAll.role === undefined) return;
    // The stack deletes the keys first, while the function may still do so.
    keys.node.addDependency(removeAll.role);
    Validations.of(removeAll.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:apigateway:<AWS::Region>::/apikeys/*]',
      reason:
        'The ids of the keys are not known here; the condition limits it to those with the tag of the plan',
    });
  }
}
