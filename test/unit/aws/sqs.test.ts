import type {
  ChangeMessageVisibilityBatchCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { budgetOf } from '#shared/aws/retry.ts';
import { createChangeVisibility, createDeadLetterSender, createQueueSender } from '#shared/aws/sqs.ts';

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

  it('sends dead letters without a message group', async () => {
    const { client, calls } = aQueue();

    await createDeadLetterSender<{ nth: number }>(client, 'url').sendAll([{ nth: 1 }], budgetOf(5_000));

    expect(calls.flat().map(({ MessageBody, MessageGroupId }) => [MessageBody, MessageGroupId])).toEqual([
      ['{"nth":1}', undefined],
      ['{"nth":1}', undefined],
    ]);
  });
});

describe('changing the visibility of messages', () => {
  const changes = Array.from({ length: 12 }, (_, nth) => ({ receiptHandle: `r-${nth}`, seconds: 60 + nth }));

  /** A queue that changes no message of the first `failing` calls. */
  const aBusyQueue = (failing: number) => {
    const calls: [receiptHandle: string | undefined, seconds: number | undefined][][] = [];
    const send = async ({ input: { Entries = [] } }: ChangeMessageVisibilityBatchCommand) => {
      calls.push(Entries.map(({ ReceiptHandle, VisibilityTimeout }) => [ReceiptHandle, VisibilityTimeout]));
      return calls.length <= failing ? { Failed: Entries } : {};
    };
    return { client: { send } as unknown as SQSClient, calls };
  };

  it('takes one call for ten messages, and another one for those that SQS reports as failed', async () => {
    const { client, calls } = aBusyQueue(1);

    await createChangeVisibility(client, 'url')(changes);

    const asSent = changes.map(({ receiptHandle, seconds }) => [receiptHandle, seconds]);
    expect(calls).toEqual([asSent.slice(0, 10), asSent.slice(10), asSent.slice(0, 10)]);
  });

  it('tries only once to change messages that are not in hand any more, and reports them', async () => {
    const calls: number[] = [];
    const send = async ({ input: { Entries = [] } }: ChangeMessageVisibilityBatchCommand) => {
      calls.push(Entries.length);
      return { Failed: Entries.slice(0, 1).map(({ Id }) => ({ Id, SenderFault: true })) };
    };

    const changing = createChangeVisibility({ send } as unknown as SQSClient, 'url')(changes);

    await expect(changing).rejects.toThrow('2 messages are not in hand any more');
    expect(calls).toEqual([10, 2]);
  });

  it('reports that messages are unchanged when its time has passed', async () => {
    const { client } = aBusyQueue(Number.POSITIVE_INFINITY);
    let now = 0;
    const sleep = async () => {
      now += 400;
    };
    const budget = { deadline: 1_000, now: () => now, random: () => 1, sleep };

    const changing = createChangeVisibility(client, 'url', () => budget)(changes);

    await expect(changing).rejects.toThrow('The visibility of 12 messages is unchanged');
  });
});
