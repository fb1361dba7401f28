import type { SQSClient } from '@aws-sdk/client-sqs';
import { moveMessages } from '#local/move-messages.ts';

const groupOf = (body: string): string => `group of ${body}`;

/** Two queues. The second rejects some bodies a given number of times. */
const aPair = (bodies: readonly string[], refusals: ReadonlyMap<string, number> = new Map()) => {
  const queues = new Map<string, string[]>([
    ['from', [...bodies]],
    ['to', []],
  ]);
  const left = new Map(refusals);
  const journal: string[] = [];
  const groups: string[] = [];
  const isRefused = (body: string): boolean => {
    const times = left.get(body) ?? 0;
    left.set(body, times - 1);
    return times > 0;
  };
  // biome-ignore lint/suspicious/noExplicitAny: inputs of every command
  const send = async (command: { constructor: { name: string }; input: any }) => {
    const { input } = command;
    const call = command.constructor.name.replace('Command', '');
    journal.push(call);
    const queue = queues.get(input.QueueUrl) ?? [];
    switch (call) {
      case 'ReceiveMessage':
        return {
          Messages: queue
            .slice(0, 10)
            .map((Body) => ({ Body, ReceiptHandle: Body, Attributes: { MessageGroupId: groupOf(Body) } })),
        };
      case 'SendMessageBatch': {
        const taken = input.Entries.filter(
          ({ MessageBody }: { MessageBody: string }) => !isRefused(MessageBody),
        );
        groups.push(...taken.map(({ MessageGroupId }: { MessageGroupId: string }) => MessageGroupId));
        queue.push(...taken.map(({ MessageBody }: { MessageBody: string }) => MessageBody));
        return { Successful: taken };
      }
      default: {
        const gone = new Set(
          input.Entries.map(({ ReceiptHandle }: { ReceiptHandle: string }) => ReceiptHandle),
        );
        queues.set(
          input.QueueUrl,
          queue.filter((body) => !gone.has(body)),
        );
        return {};
      }
    }
  };
  return { client: { send } as unknown as SQSClient, queues, journal, groups };
};

const someBodies = (count: number): string[] => Array.from({ length: count }, (_, nth) => `message ${nth}`);

describe('moving messages', () => {
  it('moves all of them unchanged, and returns their number', async () => {
    const bodies = [...someBodies(24), 'no JSON {'];
    const { client, queues, groups } = aPair(bodies);

    const moved = await moveMessages(client, 'from', 'to');

    expect(moved).toBe(25);
    expect(queues.get('from')).toEqual([]);
    expect(queues.get('to')).toEqual(bodies);
    expect(groups).toEqual(bodies.map(groupOf));
  });

  it('deletes only accepted messages, and retries the rest', async () => {
    const bodies = someBodies(10);
    const { client, queues } = aPair(bodies, new Map([['message 3', 1]]));

    const moved = await moveMessages(client, 'from', 'to');

    expect(moved).toBe(10);
    expect(queues.get('from')).toEqual([]);
    expect([...(queues.get('to') ?? [])].sort()).toEqual(bodies);
  });

  it('throws if the other queue accepts nothing, and leaves all messages in place', async () => {
    const { client, queues, journal } = aPair(['poison'], new Map([['poison', 9]]));

    await expect(moveMessages(client, 'from', 'to')).rejects.toThrow('to accepts no messages; 0 were moved');
    expect(queues.get('from')).toEqual(['poison']);
    expect(journal).toEqual(['ReceiveMessage', 'SendMessageBatch']);
  });
});
