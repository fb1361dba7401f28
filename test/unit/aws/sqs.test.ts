import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { budgetOf } from '#shared/aws/retry.ts';
import { createQueueSender } from '#shared/aws/sqs.ts';

type Entry = NonNullable<SendMessageBatchCommand['input']['Entries']>[number];

/** A queue that rejects the first entry of its first call. */
const aQueue = () => {
  const calls: Entry[][] = [];
  const send = async ({ input }: SendMessageBatchCommand) => {
    const entries = input.Entries ?? [];
    calls.push(entries);
    return calls.length === 1 ? { Failed: [{ Id: entries[0]?.Id }] } : {};
  };
  return { client: { send } as unknown as SQSClient, calls };
};

describe('sending messages', () => {
  const messages = [
    { orgId: 'o_1', nth: 1 },
    { orgId: 'o_2', nth: 2 },
    { orgId: 'o_1', nth: 3 },
  ];

  it('sends each in the message group of its organisation, and retries entries that SQS rejected', async () => {
    const { client, calls } = aQueue();

    await createQueueSender<(typeof messages)[number]>(client, 'url').sendAll(messages, budgetOf(5_000));

    const sent = calls.map((entries) =>
      entries.map(({ MessageBody = '', MessageGroupId }) => [JSON.parse(MessageBody).nth, MessageGroupId]),
    );
    expect(sent).toEqual([
      [
        [1, 'o_1'],
        [2, 'o_2'],
        [3, 'o_1'],
      ],
      [[1, 'o_1']],
    ]);
  });
});
