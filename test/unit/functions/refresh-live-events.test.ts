import type { DynamoDBRecord } from 'aws-lambda';
import { createSendLiveEvents, LIVE_MS } from '#functions/refresh/live-events/handler.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { CONTACTS_PER_MESSAGE, type RefreshMessage } from '#shared/refresh/messages.ts';
import { anEvent, NOW, ORG } from '#test/support/builders.ts';
import { aQueue, someIds } from '#test/support/refresh-world.ts';

const ID = 'c_0000000000000000';

const aRecord = (sequence: number, occurredAt: number, contactId = ID, orgId = ORG): DynamoDBRecord => ({
  eventName: 'INSERT',
  dynamodb: {
    ApproximateCreationDateTime: NOW / 1_000,
    SequenceNumber: String(sequence),
    NewImage: toEventItem(orgId, contactId, anEvent({ occurredAt })) as never,
  },
});

const aPoisonRecord = (sequence: number): DynamoDBRecord => ({
  eventName: 'INSERT',
  dynamodb: { SequenceNumber: String(sequence), NewImage: { pk: { S: 'nobody' } } },
});

const aStage = () => {
  const { sent, queue } = aQueue<RefreshMessage>();
  const lags: number[] = [];
  const onSent = (lagMs: number) => lags.push(lagMs);
  return { run: createSendLiveEvents({ workers: queue, now: () => NOW, onSent }), sent, lags };
};

const live = (contactIds: readonly string[], orgId = ORG) => ({
  orgId,
  contactIds,
  reason: 'live',
  consistent: true,
});

describe('noticing live events', () => {
  it.each([
    ['that occurs now', 0, true],
    ['five minutes in the future', -300_000, true],
    ['an hour old', LIVE_MS, true],
    ['an hour and a millisecond old', LIVE_MS + 1, false],
    ['ten years old', 87_600 * LIVE_MS, false],
  ])('refreshes the contact of an event %s only if it is live: %#', async (_when, age, isLive) => {
    const { run, sent } = aStage();

    const answer = await run({ Records: [aRecord(1, NOW - age)] });

    expect(sent).toEqual(isLive ? [live([ID])] : []);
    expect(answer).toEqual({ batchItemFailures: [] });
  });

  it('compares with the time at which the event was stored, not at which it is noticed', async () => {
    const { sent, queue } = aQueue<RefreshMessage>();
    const run = createSendLiveEvents({
      workers: queue,
      now: () => NOW + 24 * LIVE_MS,
      onSent: () => {},
    });

    await run({ Records: [aRecord(1, NOW - LIVE_MS)] });

    expect(sent).toEqual([live([ID])]);
  });

  it('reports the time since the oldest live event was stored, and ignores historical ones', async () => {
    const { run, lags } = aStage();
    const at = (second: number, record: DynamoDBRecord): DynamoDBRecord => ({
      ...record,
      dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: NOW / 1_000 - second },
    });

    await run({ Records: [aRecord(1, NOW - 2 * LIVE_MS)] });
    await run({ Records: [at(3, aRecord(2, NOW)), at(8, aRecord(3, NOW)), at(5, aRecord(4, NOW))] });

    expect(lags).toEqual([8_000]);
  });

  it('sends each contact once, by organisation', async () => {
    const { run, sent } = aStage();
    const [first = '', second = ''] = someIds(2);

    await run({
      Records: [
        aRecord(1, NOW, first),
        aRecord(2, NOW - 1, second),
        aRecord(3, NOW - 2, first, 'o_other'),
        aRecord(4, NOW - 3, first),
        aRecord(5, NOW - 2 * LIVE_MS, second),
      ],
    });

    expect(sent).toEqual([live([first, second]), live([first], 'o_other')]);
  });

  it('sends a few contacts in each message', async () => {
    const { run, sent } = aStage();
    const ids = someIds(CONTACTS_PER_MESSAGE + 1);

    await run({ Records: ids.map((id, nth) => aRecord(nth, NOW, id)) });

    expect(sent).toEqual([live(ids.slice(0, -1)), live(ids.slice(-1))]);
  });

  it('reports only the first record that is not an event, by its sequence number, and processes all others', async () => {
    const { run, sent } = aStage();
    const [first = '', second = ''] = someIds(2);

    const answer = await run({
      Records: [aRecord(1, NOW, first), aPoisonRecord(2), aRecord(3, NOW, second), aPoisonRecord(4)],
    });

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(sent).toEqual([live([first, second])]);
  });

  it('processes the remaining records when they are delivered again', async () => {
    const { run, sent } = aStage();

    const answer = await run({ Records: [aRecord(3, NOW), aRecord(4, NOW)] });

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(sent).toEqual([live([ID])]);
  });

  it('throws if its messages cannot be sent, so that all records are delivered again', async () => {
    const { queue } = aQueue<RefreshMessage>(() => {
      throw new Error('No queue today');
    });
    const run = createSendLiveEvents({ workers: queue, now: () => NOW, onSent: () => {} });

    await expect(run({ Records: [aRecord(1, NOW)] })).rejects.toThrow('No queue today');
  });
});
