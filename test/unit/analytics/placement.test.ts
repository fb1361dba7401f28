import {
  abandoned,
  begun,
  closed,
  type Generations,
  isOverdue,
  MAX_REBUILD_MS,
  NEVER_REBUILT,
  switched,
} from '#shared/analytics/generations.ts';
import { type CountedByRebuild, placementOf } from '#shared/analytics/placement.ts';
import { NOW } from '#test/support/builders.ts';

type Change = (from: Generations) => Generations | undefined;

/** The state after changes, of which each must have something to change. */
const after = (...changes: Change[]): Generations =>
  changes.reduce((from, change) => {
    const to = change(from);
    if (to === undefined) throw new Error('Nothing to change');
    return to;
  }, NEVER_REBUILT);

const begin = begun('reb_1', NOW);
const building = after(begin);
const closing = after(begin, closed(1));
const current = after(begin, closed(1), switched(1, NOW));
const SECOND = NOW / 1_000;

describe('where an event is counted', () => {
  const event = { sk: 'an event', second: SECOND };
  const counted =
    (...sks: string[]): CountedByRebuild =>
    (sk) =>
      sks.includes(sk);

  it.each([
    ['was never rebuilt', NEVER_REBUILT, undefined, [0], undefined],
    ['is being rebuilt, and the contact is not read', building, undefined, [0, 1], 1],
    [
      'is being rebuilt, and the contact is read with the event',
      building,
      counted('an event'),
      [0],
      undefined,
    ],
    ['is being rebuilt, and the contact is read without it', building, counted('another'), [0, 1], undefined],
    ['has all its contacts read, but not this one', closing, undefined, [0, 1], undefined],
    ['has all its contacts read, this one with the event', closing, counted('an event'), [0], undefined],
    ['has all its contacts read, this one without it', closing, counted(), [0, 1], undefined],
    ['was rebuilt without the contact', current, undefined, [1], undefined],
    ['was rebuilt with the event', current, counted('an event'), [], undefined],
    ['was rebuilt without the event', current, counted(), [1], undefined],
    ['had its rebuild given up', after(begin, abandoned(1)), counted('an event'), [0], undefined],
  ])('where the organisation %s', (_what, generations, countedBy, countIn, noteIn) => {
    expect(placementOf(generations, event, () => countedBy)).toEqual({ countIn, noteIn });
  });

  it('is not looked up where its record is newer than the rebuild', () => {
    const late = { ...event, second: SECOND + 3_601 };

    expect(placementOf(current, late, () => counted('an event'))).toEqual({
      countIn: [1],
      noteIn: undefined,
    });
  });

  it('is looked up in both generations while the next rebuild is under way', () => {
    const next = after(begin, closed(1), switched(1, NOW), begun('reb_2', NOW));
    const by = (generation: number) => (generation === 1 ? counted('an event') : undefined);

    expect(placementOf(next, event, by)).toEqual({ countIn: [2], noteIn: 2 });
  });
});

describe('the generations of an organisation', () => {
  it('number each rebuild once, given up or not', () => {
    const again = begun('reb_2', NOW);

    expect([again(current), again(after(begin, abandoned(1))), again(building)]).toEqual(
      Array.from({ length: 3 }, () =>
        expect.objectContaining({ building: expect.objectContaining({ generation: 2, jobId: 'reb_2' }) }),
      ),
    );
  });

  it.each([
    ['begin', begin],
    ['close', closed(1)],
    ['switch', switched(1, NOW)],
    ['give up', abandoned(1)],
  ])('change nothing when a job comes to %s again', (_what, change) => {
    const states = {
      begin: building,
      close: closing,
      switch: current,
      'give up': after(begin, abandoned(1)),
    };

    expect(change(states[_what as keyof typeof states])).toBeUndefined();
  });

  it.each([
    ['close', closed(1)],
    ['switch', switched(1, NOW)],
    ['give up', abandoned(1)],
  ])('are not changed by a job that comes to %s after another has begun', (_what, change) => {
    expect(change(after(begin, closed(1), begun('reb_2', NOW)))).toBeUndefined();
  });

  it.each([
    ['before all contacts are read', building, NOW],
    ['when what it left is about to expire', closing, NOW + MAX_REBUILD_MS + 1],
  ])('are not switched to %s', (_what, from, now) => {
    expect(switched(1, now)(from)).toBeUndefined();
  });

  it('say when a rebuild is overdue', () => {
    expect(isOverdue(building, NOW + MAX_REBUILD_MS)).toBe(false);
    expect(isOverdue(building, NOW + MAX_REBUILD_MS + 1)).toBe(true);
    expect(isOverdue(current, NOW + MAX_REBUILD_MS + 1)).toBe(false);
  });
});
