import fc from 'fast-check';
import * as v from 'valibot';
import { compileScoring, ScoringSettingsSchema } from '#shared/scoring/scoring-settings.ts';
import { createTally } from '#shared/scoring/tally.ts';
import {
  type CompiledSegments,
  compileSegments,
  type Membership,
  type Segment,
} from '#shared/segments/evaluation.ts';
import { SegmentRuleSchema } from '#shared/segments/rule.ts';
import { NOW, naive, rules, type Scenario, SETTINGS, scenarios, turningPoints } from './scenario.ts';

const DAY = 86_400_000;
const scoring = compileScoring(v.parse(ScoringSettingsSchema, SETTINGS));

const segmentsOf = (sent: readonly unknown[]): Segment[] =>
  sent.map((rule, at) => ({ id: `s${at}`, rule: v.parse(SegmentRuleSchema, rule) }));

const evaluate = (compiled: CompiledSegments, { history, ...data }: Scenario, now: number): Membership => {
  const tally = createTally(scoring);
  const pass = compiled.begin(now);
  for (const event of history) {
    tally.add(event);
    pass.add(event);
  }
  return pass.end({ ...tally.end(now), ...data, scoring });
};

/** Segments whose membership differs from the naive evaluation; those that depend on rounding are left out. */
const differing = (
  memberOf: ReadonlySet<string>,
  segments: readonly Segment[],
  scenario: Scenario,
  moment: number,
) =>
  segments
    .filter(({ id, rule }) => naive(rule, scenario, moment) === !memberOf.has(id))
    .map(({ id }) => `${id} at now + ${moment - NOW}`);

const manyRules = fc.array(rules, { minLength: 1, maxLength: 4 });

describe('one pass over a history', () => {
  it('agrees with the naive evaluation of each rule', () => {
    fc.assert(
      fc.property(manyRules, scenarios, fc.integer({ min: 0, max: 7_200_000 }), (sent, scenario, wait) => {
        const segments = segmentsOf(sent);

        const { memberOf } = evaluate(compileSegments(segments), scenario, NOW + wait);

        expect(differing(memberOf, segments, scenario, NOW + wait)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('has the same result for events of one millisecond in any order', () => {
    const crowded = scenarios.chain((scenario) =>
      fc.record({
        scenario: fc.constant(scenario),
        order: fc.shuffledSubarray([...scenario.history], { minLength: scenario.history.length }),
      }),
    );
    fc.assert(
      fc.property(manyRules, crowded, (sent, { scenario, order }) => {
        const compiled = compileSegments(segmentsOf(sent));
        // Rounded down to five minutes, so that several events share each moment.
        const coarse = (events: Scenario['history']) =>
          events
            .map((event) => ({ ...event, occurredAt: event.occurredAt - (event.occurredAt % 300_000) }))
            .sort((a, b) => a.occurredAt - b.occurredAt);

        const [one, other] = [scenario.history, order].map((history) =>
          evaluate(compiled, { ...scenario, history: coarse(history) }, NOW + 1_234_567),
        );

        expect(other?.memberOf).toEqual(one?.memberOf);
      }),
    );
  });
});

describe('evaluating again at each next change', () => {
  it('misses no change caused by time', () => {
    fc.assert(
      fc.property(
        manyRules,
        scenarios,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 10, maxLength: 10 }),
        (sent, scenario, shares) => {
          const segments = segmentsOf(sent);
          const compiled = compileSegments(segments);
          const turns = turningPoints(scenario);
          const missed: string[] = [];

          let now = NOW;
          for (let jumps = 0; jumps < 40 && missed.length === 0; jumps += 1) {
            const { memberOf, nextChange } = evaluate(compiled, scenario, now);
            const end = Math.min(nextChange ?? Number.POSITIVE_INFINITY, now + 60 * DAY);
            expect(end).toBeGreaterThan(now);
            const between = [
              now,
              end - 1,
              ...turns.filter((turn) => turn > now && turn < end),
              ...shares.map((share) => now + Math.floor(share * (end - 1 - now))),
            ];
            missed.push(...between.flatMap((moment) => differing(memberOf, segments, scenario, moment)));
            if (nextChange === undefined) break;
            now = nextChange;
          }

          expect(missed).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is never needless for a rule with one window and one bound', () => {
    const windows = fc.constantFrom({ within: '5m' }, { within: '1h' }, { before: '3m' });
    const counts = fc.oneof(
      fc.record({ atLeast: fc.nat({ max: 4 }) }),
      fc.record({ atMost: fc.nat({ max: 4 }) }),
    );
    fc.assert(
      fc.property(windows, counts, scenarios, (window, count, scenario) => {
        const compiled = compileSegments(segmentsOf([{ event: { kind: 'email', ...window, ...count } }]));

        const { memberOf, nextChange } = evaluate(compiled, scenario, NOW);

        if (nextChange !== undefined) {
          const after = evaluate(compiled, scenario, nextChange);
          expect(after.memberOf).not.toEqual(memberOf);
          expect(after.nextChange).toBeUndefined();
        }
      }),
    );
  });

  it('happens a bounded number of times', () => {
    fc.assert(
      fc.property(manyRules, scenarios, (sent, scenario) => {
        const compiled = compileSegments(segmentsOf(sent));
        // An event enters and leaves each leaf at most once (at most 3 · 3 · 3 leaves a rule, two bounds each).
        const most = 1 + sent.length * 27 * 2 * (scenario.history.length + 1);

        let evaluations = 0;
        for (let now: number | undefined = NOW; now !== undefined && evaluations <= most; evaluations += 1) {
          now = evaluate(compiled, scenario, now).nextChange;
        }

        expect(evaluations).toBeLessThanOrEqual(most);
      }),
    );
  });
});
