import { hash } from 'node:crypto';
import * as v from 'valibot';
import { type ClosedTypes, type EventKind, isClosed, isNamed, type OpenTypes } from '../events/event-kind.ts';
import { defaultWeight, isEventType, typeWeights } from '../events/event-type.ts';
import { EVENT_KINDS, KINDS, type Kind } from '../events/kinds.ts';
import { documented, type JsonSchema } from '../json/documented.ts';
import { issueText, strictFields } from '../json/issue-text.ts';
import { isJsonObject } from '../json/lossless-json.ts';
import { DURATION, DurationSchema, durationMs } from '../time/duration.ts';
import { MAX_WEIGHTS, nameWeights, WEIGHT, WeightSchema, weightByDefault, weightSchema } from './weight.ts';

const HOUR_MS = 3_600_000;

/** Source: product specification, "Scores". */
const DEFAULT_HALF_LIFE = '30d';
const DEFAULT_WEIGHTS: Readonly<Record<string, number>> = typeWeights();

const HalfLifeSchema = v.exactOptional(
  v.pipe(
    DurationSchema,
    v.check((text) => durationMs(text) >= HOUR_MS, 'must be at least 1h'),
  ),
  DEFAULT_HALF_LIFE,
);

const halfLife = {
  type: 'string',
  pattern: DURATION.source,
  description: `Default: ${DEFAULT_HALF_LIFE}`,
  examples: ['12h', '2w'],
};
const HalfLivesSchema = v.pipe(
  v.custom<Record<string, unknown>>(isJsonObject, 'must be an object'),
  documented({
    type: 'object',
    description:
      'The time in which the contribution of an event halves: a whole number of minutes, hours, days or weeks, from 1h to 3660d',
    properties: { engagement: halfLife, locationInterest: halfLife },
    additionalProperties: false,
  }),
  strictFields({ engagement: HalfLifeSchema, locationInterest: HalfLifeSchema }),
);

/** A kind whose weights are in `weights`. */
interface Weighed {
  readonly kind: Kind;
  readonly types: ClosedTypes | OpenTypes;
  readonly typeField: string;
}

/** Names may be any text, so the weights of named events are a field of their own. */
const WEIGHED = KINDS.flatMap((kind): Weighed[] => {
  const { types, typeField, score }: EventKind = EVENT_KINDS[kind];
  return score === 'none' || isNamed(types) ? [] : [{ kind, types, typeField }];
});

const isWeightName = (name: string): boolean => {
  const dot = name.indexOf('.');
  const weighed = WEIGHED.find(({ kind }) => kind === name.slice(0, dot));
  return weighed !== undefined && isEventType(weighed.kind, name.slice(dot + 1));
};

/** The kind of named events, whose names have weights of their own. */
const { types: NAMES } = EVENT_KINDS.track;
const NAMED_ELSEWHERE = 'is not known: the weights of named events are in the field track';

const isOfNamed = (name: string): boolean =>
  KINDS.some((kind) => isNamed(EVENT_KINDS[kind].types) && name.split('.', 1)[0] === kind);

const WEIGHT_NAMES = WEIGHED.map(({ kind, typeField }) => `${kind}.<${typeField}>`);

const weightName = ({ kind, types }: Weighed): JsonSchema => {
  if (isClosed(types)) return { enum: Object.keys(types.weights).map((type) => `${kind}.${type}`) };
  const pattern = types.pattern.source.replace('^', `^${kind}[.]`);
  return { pattern, maxLength: `${kind}.`.length + types.maxLength };
};

/** The defaults of kinds whose types are open: `0.2 for location-history`. */
const OPEN_DEFAULTS = WEIGHED.filter(({ types }) => !isClosed(types)).map(
  ({ kind }) => `${defaultWeight(kind)} for ${kind}`,
);

const WeightsSchema = v.pipe(
  v.custom<Record<string, unknown>>(isJsonObject, 'must be an object'),
  documented({
    type: 'object',
    description:
      `By ${WEIGHT_NAMES.slice(0, -1).join(', ')} or ${WEIGHT_NAMES.at(-1)}. ` +
      `At most ${MAX_WEIGHTS}, including the defaults; an absent weight has its default: ${OPEN_DEFAULTS.join(', ')}.`,
    properties: Object.fromEntries(
      Object.entries(DEFAULT_WEIGHTS).map(([name, value]) => [name, weightByDefault(value)]),
    ),
    propertyNames: { anyOf: WEIGHED.map(weightName) },
    additionalProperties: WEIGHT,
    maxProperties: MAX_WEIGHTS,
  }),
  // Before v.record, which silently ignores keys such as __proto__.
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const unknown = Object.keys(dataset.value).find((name) => !isWeightName(name));
    if (unknown === undefined) return;
    const input = dataset.value;
    addIssue({
      message: isOfNamed(unknown) ? NAMED_ELSEWHERE : 'is not a known event',
      path: [{ type: 'object', origin: 'key', input, key: unknown, value: input[unknown] }],
    });
  }),
  v.record(v.string(), WeightSchema),
  v.transform((weights): Readonly<Record<string, number>> => ({ ...DEFAULT_WEIGHTS, ...weights })),
  v.check(
    (weights) => Object.keys(weights).length <= MAX_WEIGHTS,
    `must be at most ${MAX_WEIGHTS}, the defaults included`,
  ),
);

const TrackSchema = nameWeights(
  NAMES.maxCharacters,
  MAX_WEIGHTS - Object.keys(DEFAULT_WEIGHTS).length,
  'The weights of named events, by name; any other name has the weight `trackDefault`. ' +
    `With \`weights\` and their defaults, at most ${MAX_WEIGHTS}.`,
);

const TrackDefaultSchema = weightSchema({
  ...WEIGHT,
  description: `The weight of named events that are not in \`track\`. Default: ${NAMES.weight}`,
});

/**
 * An organisation's scoring settings: the body of `PUT /v1/scoring`, the stored form and the response.
 *
 * Half-lives are durations as text, of at least 1h. Absent values are replaced by their defaults, so parsed settings
 * are complete, and parsing them again changes nothing. Numbers may be raw JSON numbers.
 */
export const ScoringSettingsSchema = v.pipe(
  strictFields({
    halfLives: v.exactOptional(HalfLivesSchema, {}),
    weights: v.exactOptional(WeightsSchema, {}),
    track: v.exactOptional(TrackSchema, {}),
    trackDefault: v.exactOptional(TrackDefaultSchema, NAMES.weight),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const input = dataset.value;
    const { weights, track } = input;
    if (Object.keys(weights).length + Object.keys(track).length <= MAX_WEIGHTS) return;
    const path = {
      type: 'object',
      origin: 'value',
      input: { ...input },
      key: 'track',
      value: track,
    } as const;
    addIssue({ message: `and weights must be at most ${MAX_WEIGHTS}, the defaults included`, path: [path] });
  }),
);
/** Settings that satisfy {@link ScoringSettingsSchema}. */
export type ScoringSettings = v.InferOutput<typeof ScoringSettingsSchema>;

/** The settings of an organisation that has none of its own. */
export const DEFAULT_SCORING: ScoringSettings = v.parse(ScoringSettingsSchema, {});

/** Formats the first issue of {@link ScoringSettingsSchema}: `weights.email.forward is not a known event`. */
export const scoringError = (issues: Parameters<typeof issueText>[1]): string =>
  issueText('', issues, 'The body');

/** An organisation's settings, compiled. */
export interface Scoring {
  readonly engagementHalfLifeMs: number;
  readonly locationInterestHalfLifeMs: number;
  /** The weight of one event; 0 for an unknown type. */
  weightOf(kind: Kind, type: string): number;
}

/** Compiles settings, so that the weight of an event takes one look-up and no parsing. */
export const compileScoring = ({ halfLives, weights, track, trackDefault }: ScoringSettings): Scoring => {
  const defaults = Object.fromEntries(KINDS.map((kind) => [kind, defaultWeight(kind)])) as Record<
    Kind,
    number
  >;
  const byDefault = { ...defaults, track: trackDefault };
  const byKind = Object.fromEntries(KINDS.map((kind) => [kind, new Map<string, number>()])) as Record<
    Kind,
    Map<string, number>
  >;
  for (const [name, weight] of Object.entries(weights)) {
    const dot = name.indexOf('.');
    byKind[name.slice(0, dot) as Kind].set(name.slice(dot + 1), weight);
  }
  for (const [name, weight] of Object.entries(track)) byKind.track.set(name, weight);
  return {
    engagementHalfLifeMs: durationMs(halfLives.engagement),
    locationInterestHalfLifeMs: durationMs(halfLives.locationInterest),
    weightOf: (kind, type) => byKind[kind].get(type) ?? byDefault[kind],
  };
};

/** The part of the settings that a reader of computed scores needs. */
export interface ScoredBy {
  /** Identifies the settings: it differs if the same history might have different scores. */
  readonly version: string;
  readonly engagementHalfLifeMs: number;
  readonly locationInterestHalfLifeMs: number;
}

/** 48 bits of a hash suffice, since versions are compared only with those of the same organisation. */
const VERSION_BYTES = 6;

const byName = ([a]: readonly [string, number], [b]: readonly [string, number]): number => (a < b ? -1 : 1);

/**
 * The part of the version for named events. It is absent with the defaults, so that settings from before there were named
 * events keep their version.
 */
const trackVersion = ({
  track,
  trackDefault,
}: Pick<ScoringSettings, 'track' | 'trackDefault'>): readonly unknown[] => {
  const others = Object.entries(track).filter(([, weight]) => weight !== trackDefault);
  return others.length === 0 && trackDefault === NAMES.weight ? [] : [others.sort(byName), trackDefault];
};

/** Summarizes settings, to be stored with the scores computed from them. Equivalent settings have equal summaries. */
export const scoredBy = ({ halfLives, weights, ...named }: ScoringSettings): ScoredBy => {
  const engagementHalfLifeMs = durationMs(halfLives.engagement);
  const locationInterestHalfLifeMs = durationMs(halfLives.locationInterest);
  const sorted = Object.entries(weights).sort(byName);
  const canonical = JSON.stringify([
    engagementHalfLifeMs,
    locationInterestHalfLifeMs,
    sorted,
    ...trackVersion(named),
  ]);
  const version = hash('sha256', canonical, 'buffer').toString('base64url', 0, VERSION_BYTES);
  return { version, engagementHalfLifeMs, locationInterestHalfLifeMs };
};
