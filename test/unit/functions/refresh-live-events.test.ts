import type { DynamoDBRecord } from 'aws-lambda';
import {
  createSendLiveEvents,
  LIVE_MS,
  type LiveEventsDeps,
} from '#functions/refresh/live-events/handler.ts';
import type { StreamDeadLetter } from '#shared/aws/set-aside.ts';
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
  eventID: `poison ${sequence}`,
  eventName: 'INSERT',
  dynamodb: {
    SequenceNumber: String(sequence),
    Keys: { pk: { S: 'nobody' } },
    NewImage: { pk: { S: 'nobody' }, m: { S: '{"secret":1}' } },
  },
});

const aStage = (overrides: Partial<LiveEventsDeps> = {}) => {
  const { sent, queue: workers } = aQueue<RefreshMessage>();
  const { sent: letters, queue: deadLetters } = aQueue<StreamDeadLetter>();
  const lags: number[] = [];
  const onSent = (lagMs: number) => lags.push(lagMs);
  const run = createSendLiveEvents({ workers, deadLetters, now: () => NOW, onSent, ...overrides });
  return { run, sent, letters, lags };
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

    await run({ Records: [aRecord(1, NOW - age)] });

    expect(sent).toEqual(isLive ? [live([ID])] : []);
  });

  it.each([
    ['within the hour', LIVE_MS, [live([ID])]],
    ['later', LIVE_MS + 1, []],
  ])('refreshes the contact of an event that is corrected %s', async (_when, age, messages) => {
    const { run, sent } = aStage();

    await run({ Records: [{ ...aRecord(1, NOW - age), eventName: 'MODIFY' }] });

    expect(sent).toEqual(messages);
  });

  it('compares with the time at which the event was stored, not at which it is noticed', async () => {
    const { run, sent } = aStage({ now: () => NOW + 24 * LIVE_MS });

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

  it('sets records that are not events aside by their keys, and processes all others', async () => {
    const { run, sent, letters } = aStage();
    const [first = '', second = ''] = someIds(2);

    await run({
      Records: [aRecord(1, NOW, first), aPoisonRecord(2), aRecord(3, NOW, second), aPoisonRecord(4)],
    });

    expect(letters).toEqual(
      ['2', '4'].map((sequenceNumber) => ({
        reason: 'unreadable',
        eventId: `poison ${sequenceNumber}`,
        eventName: 'INSERT',
        sequenceNumber,
        createdAt: undefined,
        stream: undefined,
        keys: { pk: { S: 'nobody' } },
      })),
    );
    expect(sent).toEqual([live([first, second])]);
  });

  it('throws if a record cannot be set aside, after the others are sent', async () => {
    const { queue: deadLetters } = aQueue<StreamDeadLetter>(() => {
      throw new Error('No queue today');
    });
    const { run, sent } = aStage({ deadLetters });

    await expect(run({ Records: [aPoisonRecord(1), aRecord(2, NOW)] })).rejects.toThrow('No queue today');

    expect(sent).toEqual([live([ID])]);
  });

  it('throws if its messages cannot be sent, so that all records are delivered again', async () => {
    const { queue: workers } = aQueue<RefreshMessage>(() => {
      throw new Error('No queue today');
    });
    const { run, letters } = aStage({ workers });

    await expect(run({ Records: [aRecord(1, NOW), aPoisonRecord(2)] })).rejects.toThrow('No queue today');

    expect(letters).toEqual([]);
  });
});
