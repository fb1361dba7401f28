import { createCollect } from '#functions/clients/collect/handler.ts';
import type { Delivery } from '#shared/aws/queue-handler.ts';
import type { Accepted } from '#shared/clients/accepted.ts';
import type { MessageBatch } from '#shared/imports/message-import.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aBudget, anAwsError, NOW, ORG } from '#test/support/builders.ts';

const aTrack = (messageId: string, fields: object = {}) =>
  JSON.stringify({ type: 'track', userId: '5', event: 'purchased', messageId, ...fields });

const aRecord = (messages: readonly string[], overrides: Partial<Accepted> = {}): Accepted => ({
  orgId: ORG,
  format: 'segment',
  receivedAt: NOW - 1_000,
  first: 0,
  messages: [...messages],
  ...overrides,
});

/**
 * Collects records as one batch.
 * @param isPoison - whether an import with these ids fails
 * @param storing - what an import waits for
 */
const aStage = (
  isPoison: (ids: readonly (string | null)[]) => Error | undefined = () => undefined,
  storing: (batch: MessageBatch) => Promise<void> = async () => {},
) => {
  const batches: MessageBatch[] = [];
  const lags: number[] = [];
  const collect = createCollect({
    importMessages: async (batch) => {
      const error = isPoison(batch.ids ?? []);
      if (error !== undefined) throw error;
      await storing(batch);
      batches.push(batch);
      return {
        kind: 'completed',
        importId: 'imp_1',
        imported: batch.translations.length,
        left: 0,
        errors: [],
        contacts: new Set(),
        notLinked: [],
      };
    },
    now: () => NOW,
    onStored: (lagMs) => lags.push(lagMs),
  });
  const run = (records: readonly Accepted[], delivery: Partial<Delivery> = {}) =>
    Promise.allSettled(
      records.map((record) => collect(record, { attempt: 1, sentAt: NOW, budget: aBudget(), ...delivery })),
    );
  return { run, batches, lags };
};

describe('collecting accepted messages', () => {
  it('makes one import of the records of each organisation', async () => {
    const { run, batches, lags } = aStage();

    const results = await run([
      aRecord([aTrack('1'), aTrack('2')]),
      aRecord([aTrack('3')], { orgId: 'o_other' }),
      aRecord([aTrack('4')]),
    ]);

    expect(batches.map(({ orgId, ids }) => [orgId, ids])).toEqual([
      ['o_other', ['3']],
      [ORG, ['1', '2', '4']],
    ]);
    expect(results.map(({ status }) => status)).toEqual(Array(3).fill('fulfilled'));
    expect(lags).toEqual([1_000, 1_000, 1_000]);
  });

  it('makes several imports of more than 4,000 messages of an organisation, after those of others', async () => {
    const { run, batches } = aStage();
    const many = (count: number) => aRecord(Array<string>(count).fill(aTrack('1')));

    const results = await run([
      many(1_500),
      many(1_500),
      many(1_500),
      aRecord([aTrack('2')], { orgId: 'o_other' }),
    ]);

    expect(batches.map(({ orgId, translations }) => [orgId, translations.length])).toEqual([
      ['o_other', 1],
      [ORG, 1_500],
      [ORG, 3_000],
    ]);
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
  });

  it('has at most 4,000 messages in imports at the same time', async () => {
    let atOnce = 0;
    let most = 0;
    const { run } = aStage(undefined, async ({ translations }) => {
      atOnce += translations.length;
      most = Math.max(most, atOnce);
      await new Promise(setImmediate);
      atOnce -= translations.length;
    });
    const ofOrganisation = (nth: number) =>
      aRecord(Array<string>(1_200).fill(aTrack('1')), { orgId: `o_${nth}` });

    await run(Array.from({ length: 8 }, (_, nth) => ofOrganisation(nth)));

    expect(most).toBe(3_600);
  });

  it('begins no import when earlier ones have taken the time: the records are received again', async () => {
    const { run, batches } = aStage();

    const results = await run([aRecord([aTrack('1')])], { budget: aBudget(0) });

    expect(results).toMatchObject([
      { status: 'rejected', reason: new OutOfTimeError('Earlier imports have taken all of the time') },
    ]);
    expect(batches).toEqual([]);
  });

  it('gives messages without a time that of their acceptance, in the order of their request', async () => {
    const { run, batches } = aStage();

    await run([aRecord([aTrack('1'), aTrack('2')], { first: 40 })]);

    expect(batches[0]?.translations).toMatchObject([
      { message: { at: NOW - 1_000, nth: 40, isUndated: true } },
      { message: { at: NOW - 1_000, nth: 41, isUndated: true } },
    ]);
  });

  it('translates each format', async () => {
    const { run, batches } = aStage();
    const operation = { type: 'person', action: 'event', identifiers: { id: '5' }, name: 'e', id: 'ulid' };

    await run([aRecord([JSON.stringify(operation)], { format: 'customer-io' })]);

    expect(batches[0]?.translations).toMatchObject([
      { kind: 'message', message: { id: 'ulid', names: { userId: '5' }, event: { type: 'e' } } },
    ]);
  });

  it('passes on messages that break a rule, for the receipt', async () => {
    const { run, batches } = aStage();

    await run([aRecord([aTrack('1', { event: null })])]);

    expect(batches[0]?.translations).toMatchObject([{ kind: 'rejected', reason: 'event is required' }]);
    expect(batches[0]?.ids).toEqual(['1']);
  });

  it('lets a record that fails for a reason of its own fail alone', async () => {
    const poison = new TypeError('a defect');
    const { run, batches } = aStage((ids) => (ids.includes('3') ? poison : undefined));

    const results = await run(['1', '2', '3', '4', '5'].map((id) => aRecord([aTrack(id)])));

    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(results[2]).toMatchObject({ reason: poison });
    expect(batches.flatMap(({ ids }) => ids).sort()).toEqual(['1', '2', '4', '5']);
  });

  it('does not divide an import that runs out of time: all of it is received again', async () => {
    let imports = 0;
    const { run } = aStage(() => {
      imports += 1;
      return new OutOfTimeError('too slow');
    });

    const results = await run([aRecord([aTrack('1')]), aRecord([aTrack('2')])]);

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(imports).toBe(1);
  });

  it('does not divide an import that AWS refuses whatever it contains', async () => {
    let imports = 0;
    const { run } = aStage(() => {
      imports += 1;
      return anAwsError('AccessDeniedException', 400);
    });

    const results = await run([aRecord([aTrack('1')]), aRecord([aTrack('2')])]);

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(imports).toBe(1);
  });

  it('divides an import whose content AWS refuses', async () => {
    const { run } = aStage((ids) => (ids.includes('2') ? anAwsError('ValidationException', 400) : undefined));

    const results = await run([aRecord([aTrack('1')]), aRecord([aTrack('2')])]);

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it.each([
    ['too slow', new OutOfTimeError('too slow')],
    ['impossible', new TypeError('a defect')],
  ])('stores the records of other organisations if the import of one is %s', async (_what, error) => {
    const { run, batches } = aStage((ids) => (ids.includes('1') ? error : undefined));

    const results = await run([aRecord([aTrack('1')]), aRecord([aTrack('2')], { orgId: 'o_other' })]);

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(batches.map(({ orgId }) => orgId)).toEqual(['o_other']);
  });

  it('stores the records of an organisation while those of another are being stored', async () => {
    const theirs = Promise.withResolvers<void>();
    const { run, batches } = aStage(undefined, async ({ orgId }) => {
      if (orgId === ORG) await theirs.promise;
      else theirs.resolve();
    });

    await run([aRecord([aTrack('1')]), aRecord([aTrack('2')], { orgId: 'o_other' })]);

    expect(batches.map(({ orgId }) => orgId)).toEqual(['o_other', ORG]);
  });

  it.each([
    ['is received for the first time', 1, NOW, false],
    ['was received before', 2, NOW, true],
    ['was put back from the dead-letter queue', 1, NOW + 86_400_000, true],
  ])(
    'says whether an earlier attempt may have stored something: the record %s',
    async (_how, attempt, sentAt, is) => {
      const { run, batches } = aStage();

      await run([aRecord([aTrack('1')])], { attempt, sentAt });

      expect(batches[0]?.isRepeated).toBe(is);
    },
  );
});
