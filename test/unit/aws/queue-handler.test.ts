import type { Context, SQSEvent } from 'aws-lambda';
import * as v from 'valibot';
import { type Delivery, queueHandler } from '#shared/aws/queue-handler.ts';
import { createTelemetry } from '#shared/telemetry/telemetry.ts';
import { fakeTimer, settle } from '#test/support/fake-timer.ts';

const WORK_MS = 240_000;
const HOLD_SECONDS = 60;

interface StageOptions {
  readonly attempt?: number;
  /** What a message waits for. @default nothing */
  readonly until?: Promise<void>;
  /** The errors that are thrown, by message name. */
  readonly failures?: Readonly<Record<string, Error>>;
  readonly visibilityFails?: boolean;
}

/** The handler of a queue with in-memory dependencies. */
const aStage = ({ attempt = 1, until, failures = {}, visibilityFails = false }: StageOptions = {}) => {
  const deliveries: Delivery[] = [];
  const timer = fakeTimer();
  const visible: [receiptHandle: string, seconds: number][] = [];
  const telemetry = createTelemetry('test');
  telemetry.logger.setLogLevel('SILENT');
  const handler = queueHandler({
    schema: v.object({ name: v.string() }),
    operation: async ({ name }, delivery) => {
      deliveries.push(delivery);
      if (failures[name] !== undefined) throw failures[name];
      await until;
    },
    telemetry,
    workMs: WORK_MS,
    holdSeconds: HOLD_SECONDS,
    changeVisibility: async (changes) => {
      visible.push(
        ...changes.map(({ receiptHandle, seconds }) => [receiptHandle, seconds] as [string, number]),
      );
      if (visibilityFails) throw new Error('No queue today');
    },
    every: timer.every,
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
  return { deliver, deliveries, visible, timer };
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
    expect(visible.slice(3)).toEqual([
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
    expect(visible.at(-1)).toEqual(['r-0', 1]);
    expect(deliveries).toEqual([]);
  });

  it('holds the messages of a batch while it processes any of them, except those that failed', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const failures = { transient: new Error('Not now') };
    const { deliver, visible, timer } = aStage({ until: promise, failures });

    const delivered = deliver(messageOf('good'), messageOf('transient'));
    await settle();
    await timer.advance(30_000);
    resolve();
    await delivered;
    await timer.advance(60_000);

    expect(visible).toEqual([
      ['r-0', HOLD_SECONDS],
      ['r-1', HOLD_SECONDS],
      ['r-1', 5],
      ['r-0', HOLD_SECONDS],
      ['r-0', HOLD_SECONDS],
    ]);
    expect(timer.running()).toBe(0);
  });

  it('holds messages for longer that have been received often', async () => {
    const { deliver, visible } = aStage({ attempt: 7 });

    await deliver(messageOf('good'));

    expect(visible).toEqual([['r-0', 300]]);
  });

  it('processes messages that it cannot hold', async () => {
    const { deliver, deliveries } = aStage({ visibilityFails: true });

    expect(await deliver(messageOf('one'))).toEqual([]);
    expect(deliveries).toHaveLength(1);
  });

  it('reports a failed message even if its pause cannot be set', async () => {
    const { deliver } = aStage({ failures: { one: new Error('Not now') }, visibilityFails: true });

    expect(await deliver(messageOf('one'))).toEqual(['m-0']);
  });
});
