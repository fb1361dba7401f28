import { createRemoveAll } from '#functions/keys/remove-all/handler.ts';

const URL = 'https://cloudformation.example/response';

/** A request as CloudFormation sends it. Source: User Guide, "Custom resource request and response reference". */
const request = (RequestType: string) => ({
  RequestType,
  ResponseURL: URL,
  StackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/Trial/guid',
  RequestId: 'request-1',
  ResourceType: 'AWS::CloudFormation::CustomResource',
  LogicalResourceId: 'Keys',
  ...(RequestType !== 'Create' && { PhysicalResourceId: 'keys-of-plan1' }),
  ResourceProperties: { ServiceToken: 'arn:aws:lambda:…', UsagePlanId: 'plan1' },
});

const run = async (event: unknown, removeKeys = async () => 2) => {
  const plans: string[] = [];
  const answers: [string, object][] = [];
  const handler = createRemoveAll({
    usagePlan: (id) => {
      plans.push(id);
      return { removeKeys };
    },
    put: async (url, body) => {
      answers.push([url, body]);
    },
    logger: { info: () => {}, error: () => {} },
  });
  await handler(event);
  return { plans, answers };
};

const answer = {
  StackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/Trial/guid',
  RequestId: 'request-1',
  LogicalResourceId: 'Keys',
  PhysicalResourceId: 'keys-of-plan1',
};

describe('the resource that stands for the API keys of a stage', () => {
  it('deletes the keys of its plan when it is deleted', async () => {
    const { plans, answers } = await run(request('Delete'));

    expect(plans).toEqual(['plan1']);
    expect(answers).toEqual([[URL, { ...answer, Status: 'SUCCESS' }]]);
  });

  it.each(['Create', 'Update'])('deletes nothing on %s', async (type) => {
    const { plans, answers } = await run(request(type));

    expect(plans).toEqual([]);
    expect(answers).toEqual([[URL, { ...answer, Status: 'SUCCESS' }]]);
  });

  it('answers a failure with its cause, so that the deletion of the stack ends at once and can be repeated', async () => {
    const { answers } = await run(request('Delete'), async () => {
      throw new Error('throttled');
    });

    expect(answers).toEqual([
      [
        URL,
        {
          ...answer,
          Status: 'FAILED',
          Reason:
            'Not all API keys of the usage plan could be deleted; delete the stack again. Error: throttled',
        },
      ],
    ]);
  });
});
