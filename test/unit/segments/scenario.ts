import fc from 'fast-check';
import type { HistoryEvent } from '#shared/events/kinds.ts';
import { locationKey } from '#shared/scoring/location.ts';
import type { Condition } from '#shared/segments/condition.ts';
import type { EventRule } from '#shared/segments/event-rule.ts';
import type { SegmentRule } from '#shared/segments/rule.ts';
import { durationMs } from '#shared/time/duration.ts';

/**
 * Rules, histories and attributes drawn from few values, so that they match often; and a naive evaluation that follows the
 * wording of the specification event by event, without optimisation.
 */
export const NOW = Date.UTC(2026, 0, 12);
const STEP = 30_000;

export interface Scenario {
  readonly history: readonly HistoryEvent[];
  readonly attributes: ReadonlyMap<string, string>;
  readonly companyTraits: readonly ReadonlyMap<string, string>[];
}

const numbers = fc.constantFrom(-2, 0, 0.5, 1, 2, 3, 10);
const scalars = fc.oneof(numbers, fc.constantFrom('pro', 'free', 'o', true, null));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const dropAbsent = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const conditions = fc
  .oneof(
    fc.record({ equals: scalars }),
    fc.record({ contains: scalars }),
    fc.record({ exists: fc.boolean() }),
    fc.record({ atLeast: numbers }),
    fc.record({ exists: fc.boolean(), atMost: numbers }),
  )
  .map((condition): Condition => condition);

const bounds = fc
  .tuple(optional(numbers), optional(numbers))
  .filter(([atLeast, atMost]) => (atLeast ?? atMost) !== undefined)
  .filter(([atLeast = -9, atMost = 99]) => atLeast <= atMost)
  .map(([atLeast, atMost]) => dropAbsent({ atLeast, atMost }));

const counts = fc
  .tuple(optional(fc.nat({ max: 4 })), optional(fc.nat({ max: 4 })))
  .filter(([atLeast = 0, atMost = 9]) => atLeast <= atMost)
  .map(([atLeast, atMost]) => ({ atLeast, atMost }));

const windows = fc.constantFrom(
  {},
  { within: '1m' },
  { within: '5m' },
  { within: '1h' },
  { before: '1m' },
  { before: '3m' },
  { within: '3m', before: '1m' },
  { within: '2m', before: '1m' },
  { within: '10m', before: '5m' },
);

const paths = fc.constantFrom('plan', 'metadata.n', 'tags', 'nested.plan', 'missing', '__proto__');
const wheres = fc
  .array(fc.tuple(paths, conditions), { minLength: 1, maxLength: 2 })
  .map((entries) => Object.fromEntries(new Map(entries)));

const eventRules = fc
  .record({
    kind: fc.constantFrom('email', 'web', 'track', 'profile'),
    type: fc.boolean(),
    counts,
    window: windows,
    where: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, wheres),
  })
  .map(({ kind, type, counts: count, window, where }) => ({
    event: dropAbsent({
      kind,
      type: type
        ? { email: 'opened', web: 'page_view', track: '__proto__', profile: 'updated' }[kind]
        : undefined,
      ...count,
      ...window,
      where,
    }),
  }));

const leaves = fc.oneof(
  { weight: 4, arbitrary: eventRules },
  { weight: 1, arbitrary: bounds.map((bound) => ({ score: bound })) },
  {
    weight: 1,
    arbitrary: bounds.map((bound) => ({ locationInterest: { location: ' AUSTIN', ...bound } })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('plan', 'age', 'tags', 'missing'), conditions)
      .map(([name, condition]) => ({ attribute: { name, ...condition } })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('plan', 'age', 'tags', 'missing'), conditions)
      .map(([name, condition]) => ({ company: { name, ...condition } })),
  },
);

/** Rules as customers send them. */
export const rules: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  rule: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaves,
    fc.record({ not: tie('rule') }),
    fc.record({ all: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
  ),
}))['rule'] as fc.Arbitrary<unknown>;

const metadatas = optional(
  fc.constantFrom(
    '{}',
    '{"plan": "pro", "n": 1}',
    '{"plan": "free", "n": 3.0, "tags": ["pro", 2]}',
    '{"nested": {"plan": "pro"}, "n": null}',
    '{"__proto__": 1, "tags": []}',
  ),
);

const events = fc
  .record({
    source: fc.constantFrom(
      ['email', 'opened'],
      ['email', 'clicked'],
      ['email', 'complained'],
      ['web', 'page_view'],
      ['web', 'conversion'],
      ['location-interests', 'search'],
      ['location-history', 'ip'],
      ['track', '__proto__'],
      // The type of another kind.
      ['track', 'opened'],
      ['profile', 'updated'],
    ) as fc.Arbitrary<readonly [HistoryEvent['kind'], string]>,
    occurredAt: fc.oneof(
      fc.integer({ min: -25, max: 10 }).map((steps) => NOW + steps * STEP),
      fc.integer({ min: NOW - 3_600_000, max: NOW + 300_000 }),
      fc.integer({ min: NOW - 400_000_000, max: NOW }),
    ),
    metadata: metadatas,
    location: fc.constantFrom('Austin', 'austin ', 'Bonn'),
    strength: fc.constantFrom(0, 0.3, 1),
  })
  .map(
    ({ source: [kind, type], occurredAt, metadata, location, strength }): HistoryEvent => ({
      kind,
      type,
      occurredAt,
      metadata,
      ...(kind.startsWith('location') && { location }),
      ...(kind === 'location-interests' && { strength }),
    }),
  );

/** Attributes of contacts, or traits of companies. */
const texts = fc.constantFrom(
  new Map<string, string>(),
  new Map([
    ['plan', '"pro"'],
    ['age', '3'],
  ]),
  new Map([
    ['plan', 'null'],
    ['tags', '["pro", 2, true]'],
  ]),
);

/** Histories, oldest first. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  history: fc.array(events, { maxLength: 25 }).map((all) => all.sort((a, b) => a.occurredAt - b.occurredAt)),
  attributes: texts,
  companyTraits: fc.array(texts, { maxLength: 2 }),
});

/** The half-lives of {@link naive}; the weights are the defaults. */
export const SETTINGS = { halfLives: { engagement: '1h', locationInterest: '2h' } } as const;
const HOUR = 3_600_000;
const WEIGHTS: Readonly<Record<string, number>> = {
  opened: 1,
  clicked: 3,
  complained: -15,
  page_view: 1,
  conversion: 10,
  search: 1,
  ip: 0.2,
};
const DEFAULT_OF_NAMES = 1;

const satisfiesNaively = (value: unknown, condition: Condition): boolean =>
  Object.entries(condition).every(([operator, operand]) => {
    if (operator === 'exists') return operand === (value !== undefined);
    if (operator === 'equals') return value === operand;
    if (operator === 'atLeast') return typeof value === 'number' && value >= operand;
    if (operator === 'atMost') return typeof value === 'number' && value <= operand;
    if (Array.isArray(value)) return value.includes(operand);
    return typeof value === 'string' && typeof operand === 'string' && value.includes(operand);
  });

const textSatisfiesNaively = (json: string | undefined, condition: Condition): boolean =>
  satisfiesNaively(json === undefined ? undefined : JSON.parse(json), condition);

const lookUp = (metadata: string | undefined, path: string): unknown =>
  path
    .replace(/^metadata\./, '')
    .split('.')
    .reduce<unknown>(
      (value, key) => new Map(Object.entries((value ?? {}) as object)).get(key),
      JSON.parse(metadata ?? '{}'),
    );

/** The result of a rule, or undefined if a value is so close to its bound that the result depends on rounding. */
type Verdict = boolean | undefined;

const boundedNaively = (
  parts: readonly number[],
  { atLeast, atMost }: { readonly atLeast?: number; readonly atMost?: number },
): Verdict => {
  const value = parts.reduce((sum, part) => sum + part, 0);
  // Subnormal doubles do not have nine significant digits.
  const tolerance = 1e-9 * parts.reduce((sum, part) => sum + Math.abs(part), 0) + 1e-300;
  const isNear = (limit = Number.NaN): boolean => parts.length > 0 && Math.abs(value - limit) <= tolerance;
  if (isNear(atLeast) || isNear(atMost)) return undefined;
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
};

const partsOf = (history: readonly HistoryEvent[], halfLife: number, now: number): number[] =>
  history
    .filter(({ strength }) => strength !== 0)
    .map(
      ({ type, strength = 1, occurredAt }) =>
        strength *
        (new Map(Object.entries(WEIGHTS)).get(type) ?? DEFAULT_OF_NAMES) *
        2 ** ((occurredAt - now) / halfLife),
    );

const countsNaively = (rule: EventRule, history: readonly HistoryEvent[], now: number): boolean => {
  const { kind, type, atLeast, atMost, within, before, where = {} } = rule;
  const count = history.filter(
    (event) =>
      event.kind === kind &&
      (type === undefined || event.type === type) &&
      (within === undefined || event.occurredAt >= now - durationMs(within)) &&
      (before === undefined || event.occurredAt <= now - durationMs(before)) &&
      Object.entries(where).every(([path, condition]) =>
        satisfiesNaively(lookUp(event.metadata, path), condition),
      ),
  ).length;
  if (atLeast === undefined && atMost === undefined) return count >= 1;
  return count >= (atLeast ?? 0) && count <= (atMost ?? count);
};

/** The result of a rule at a moment, by the wording of the specification. */
export const naive = (rule: SegmentRule, scenario: Scenario, now: number): Verdict => {
  const { history, attributes, companyTraits } = scenario;
  if ('not' in rule) {
    const part = naive(rule.not, scenario, now);
    return part === undefined ? undefined : !part;
  }
  if ('all' in rule || 'any' in rule) {
    const deciding = 'any' in rule;
    const parts = ('all' in rule ? rule.all : rule.any).map((part) => naive(part, scenario, now));
    if (parts.includes(deciding)) return deciding;
    return parts.includes(undefined) ? undefined : !deciding;
  }
  if ('event' in rule) return countsNaively(rule.event, history, now);
  if ('attribute' in rule) {
    const { name, ...condition } = rule.attribute;
    return textSatisfiesNaively(attributes.get(name), condition);
  }
  if ('company' in rule) {
    const { name, ...condition } = rule.company;
    return companyTraits.filter((traits) => textSatisfiesNaively(traits.get(name), condition)).length > 0;
  }
  if ('score' in rule) {
    const scored = history.filter(({ kind }) => kind === 'email' || kind === 'web' || kind === 'track');
    return boundedNaively(partsOf(scored, HOUR, now), rule.score);
  }
  const key = locationKey(rule.locationInterest.location);
  const placed = history.filter(({ location }) => location !== undefined && locationKey(location) === key);
  return boundedNaively(partsOf(placed, 2 * HOUR, now), rule.locationInterest);
};

/** Every moment at which an event can enter or leave a window of {@link rules}, and the milliseconds before and after. */
export const turningPoints = ({ history }: Scenario): number[] =>
  history.flatMap(({ occurredAt }) =>
    ['1m', '2m', '3m', '5m', '10m', '1h'].flatMap((text) =>
      [-1, 0, 1].map((nudge) => occurredAt + durationMs(text) + nudge),
    ),
  );
