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

/** The state after changes. @throws Error if one of them changes nothing */
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

describe('the placement of an event', () => {
  const event = { sk: 'an event', second: SECOND };
  const counted =
    (...sks: string[]): CountedByRebuild =>
    (sk) =>
      sks.includes(sk);

  it.each([
    ['was never rebuilt', NEVER_REBUILT, undefined, [0], undefined],
    ['is being rebuilt, and the contact has not been read', building, undefined, [0, 1], 1],
    [
      'is being rebuilt, and the contact was read with the event',
      building,
      counted('an event'),
      [0],
      undefined,
    ],
    [
      'is being rebuilt, and the contact was read without the event',
      building,
      counted('another'),
      [0, 1],
      undefined,
    ],
    ['has had all contacts read except this one', closing, undefined, [0, 1], undefined],
    ['has had all contacts read, this one with the event', closing, counted('an event'), [0], undefined],
    ['has had all contacts read, this one without the event', closing, counted(), [0, 1], undefined],
    ['was rebuilt without the contact', current, undefined, [1], undefined],
    ['was rebuilt with the event', current, counted('an event'), [], undefined],
    ['was rebuilt without the event', current, counted(), [1], undefined],
    ['had its rebuild abandoned', after(begin, abandoned(1)), counted('an event'), [0], undefined],
  ])('is right if the organisation %s', (_what, generations, countedBy, countIn, noteIn) => {
    expect(placementOf(generations, event, () => countedBy)).toEqual({ countIn, noteIn });
  });

  it('does not need a look-up if the record is newer than the rebuild', () => {
    const late = { ...event, second: SECOND + 3_601 };

    expect(placementOf(current, late, () => counted('an event'))).toEqual({
      countIn: [1],
      noteIn: undefined,
    });
  });

  it('considers both generations while the next rebuild is running', () => {
    const next = after(begin, closed(1), switched(1, NOW), begun('reb_2', NOW));
    const by = (generation: number) => (generation === 1 ? counted('an event') : undefined);

    expect(placementOf(next, event, by)).toEqual({ countIn: [2], noteIn: 2 });
  });
});

describe('the generations of an organisation', () => {
  it('have a new number for each rebuild, abandoned or not', () => {
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
    ['abandon', abandoned(1)],
  ])('do not change when a job repeats the step %s', (_what, change) => {
    const states = {
      begin: building,
      close: closing,
      switch: current,
      abandon: after(begin, abandoned(1)),
    };

    expect(change(states[_what as keyof typeof states])).toBeUndefined();
  });

  it.each([
    ['close', closed(1)],
    ['switch', switched(1, NOW)],
    ['abandon', abandoned(1)],
  ])('are not changed by the step %s of a job after another job has begun', (_what, change) => {
    expect(change(after(begin, closed(1), begun('reb_2', NOW)))).toBeUndefined();
  });

  it.each([
    ['before all contacts are read', building, NOW],
    ['when its rows are about to expire', closing, NOW + MAX_REBUILD_MS + 1],
  ])('are not switched %s', (_what, from, now) => {
    expect(switched(1, now)(from)).toBeUndefined();
  });

  it('report when a rebuild is overdue', () => {
    expect(isOverdue(building, NOW + MAX_REBUILD_MS)).toBe(false);
    expect(isOverdue(building, NOW + MAX_REBUILD_MS + 1)).toBe(true);
    expect(isOverdue(current, NOW + MAX_REBUILD_MS + 1)).toBe(false);
  });
});
