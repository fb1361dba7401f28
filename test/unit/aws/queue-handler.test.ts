import type { Context, SQSEvent } from 'aws-lambda';
import * as v from 'valibot';
import { type Delivery, queueHandler } from '#shared/aws/queue-handler.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';

const WORK_MS = 240_000;

interface StageOptions {
  readonly attempt?: number;
  /** The errors that are thrown, by message name. */
  readonly failures?: Readonly<Record<string, Error>>;
  readonly visibilityFails?: boolean;
}

/** The handler of a queue with in-memory dependencies. */
const aStage = ({ attempt = 1, failures = {}, visibilityFails = false }: StageOptions = {}) => {
  const deliveries: Delivery[] = [];
  const visible: [receiptHandle: string, seconds: number][] = [];
  const telemetry = createTelemetry('test');
  telemetry.logger.setLogLevel('SILENT');
  const handler = queueHandler({
    schema: v.object({ name: v.string() }),
    operation: async ({ name }, delivery) => {
      deliveries.push(delivery);
      if (failures[name] !== undefined) throw failures[name];
    },
    telemetry,
    workMs: WORK_MS,
    changeVisibility: async (receiptHandle, seconds) => {
      visible.push([receiptHandle, seconds]);
      if (visibilityFails) throw new Error('No queue today');
    },
  });
  const deliver = async (...bodies: readonly string[]) => {
    const Records = bodies.map((body, at) => ({
      messageId: `m-${at}`,
      receiptHandle: `r-${at}`,
      body,
      attributes: { ApproximateReceiveCount: String(attempt), SentTimestamp: '1000' },
    }));
    const event = { Records } as unknown as SQSEvent;
    const { batchItemFailures } = await handler(event, {} as Context);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { deliver, deliveries, visible };
};

const messageOf = (name: string): string => JSON.stringify({ name });

describe('the handler of a queue', () => {
  it('measures the time of all messages in a batch from the start of the invocation', async () => {
    const { deliver, deliveries } = aStage({ attempt: 3 });
    const before = Date.now();

    const failed = await deliver(messageOf('one'), messageOf('two'));

    expect(failed).toEqual([]);
    expect(deliveries).toHaveLength(2);
    for (const { attempt, sentAt, budget } of deliveries) {
      expect([attempt, sentAt]).toEqual([3, 1_000]);
      expect(budget.deadline).toBeGreaterThanOrEqual(before + WORK_MS);
      expect(budget.deadline).toBeLessThanOrEqual(Date.now() + WORK_MS);
    }
    expect(new Set(deliveries.map(({ budget }) => budget.deadline)).size).toBe(1);
  });

  it('reports only the failed messages, and sets their pauses by cause and attempt', async () => {
    const refused = Object.assign(new Error('No'), { name: 'ValidationException', $fault: 'client' });
    const failures = { transient: new Error('Not now'), permanent: refused };
    const { deliver, visible } = aStage({ attempt: 2, failures });

    const failed = await deliver(messageOf('good'), messageOf('transient'), messageOf('permanent'));

    expect(failed).toEqual(['m-1', 'm-2']);
    expect(visible).toEqual([
      ['r-1', 10],
      ['r-2', 1],
    ]);
  });

  it.each([
    ['not JSON', '{'],
    ['not a message of this queue', '{"nome":"one"}'],
  ])('treats a body that is %s as a permanent failure', async (_case, body) => {
    const { deliver, deliveries, visible } = aStage();

    const failed = await deliver(body);

    expect(failed).toEqual(['m-0']);
    expect(visible).toEqual([['r-0', 1]]);
    expect(deliveries).toEqual([]);
  });

  it('reports a failed message even if its pause cannot be set', async () => {
    const { deliver } = aStage({ failures: { one: new Error('Not now') }, visibilityFails: true });

    expect(await deliver(messageOf('one'))).toEqual(['m-0']);
  });
});
