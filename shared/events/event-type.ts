import { isTextOf } from '../json/text.ts';
import { type EventKind, isClosed, isNamed } from './event-kind.ts';
import { EVENT_KINDS, type Kind } from './kinds.ts';

const typesOfKind = (kind: Kind): EventKind['types'] => EVENT_KINDS[kind].types;

/** The types of a kind, in the order of its definition; undefined if its list of types is not closed. */
export const typesOf = (kind: Kind): readonly string[] | undefined => {
  const types = typesOfKind(kind);
  return isClosed(types) ? Object.keys(types.weights) : undefined;
};

/** Whether events of the kind can have the type. */
export const isEventType = (kind: Kind, type: string): boolean => {
  const types = typesOfKind(kind);
  if (isClosed(types)) return Object.hasOwn(types.weights, type);
  if (isNamed(types)) return isTextOf(1, types.maxCharacters, type);
  return type.length <= types.maxLength && types.pattern.test(type);
};

/** The message for an invalid type of a kind, to follow the name of its field. */
export const invalidType = (kind: Kind): string => {
  const types = typesOfKind(kind);
  return isClosed(types) ? `is not a known ${kind} event` : types.rule;
};

/** The score that events of the kind contribute to. */
export const scoreOf = (kind: Kind): EventKind['score'] => EVENT_KINDS[kind].score;

/** The default weight of events whose type has no weight of its own; 0 for a closed list, whose types all have one. */
export const defaultWeight = (kind: Kind): number => {
  const types = typesOfKind(kind);
  return isClosed(types) ? 0 : types.weight;
};

/** The default weights of all types in closed lists of kinds that are scored, by `{kind}.{type}`. */
export const typeWeights = (): Record<string, number> =>
  Object.fromEntries(
    Object.entries<EventKind>(EVENT_KINDS).flatMap(([kind, { types, score }]) =>
      isClosed(types) && score !== 'none'
        ? Object.entries(types.weights).map(([type, weight]) => [`${kind}.${type}`, weight])
        : [],
    ),
  );
