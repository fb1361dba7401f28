import * as v from 'valibot';
import { type EventKind, isNamed } from '../events/event-kind.ts';
import { invalidType, isEventType } from '../events/event-type.ts';
import { CHARTED_KINDS, EVENT_KINDS, type Kind } from '../events/kinds.ts';
import type { ApiRequest } from '../http/api.ts';
import { badRequest } from '../http/api-error.ts';
import { plusHint } from '../http/query-text.ts';
import { TextSchema } from '../json/text.ts';
import { isNamedKind } from './name-rows.ts';

const NAMED_KINDS = CHARTED_KINDS.filter(isNamedKind);

/** The kinds that the query parameter `name` is for, in words. */
export const NAMED_KINDS_TEXT = NAMED_KINDS.join(', ');

const maxCharacters = (kind: Kind): number => {
  const { types }: EventKind = EVENT_KINDS[kind];
  return isNamed(types) ? types.maxCharacters : 0;
};

/** The query parameter `name`, for the contract. */
export const NameParameterSchema = v.optional(
  TextSchema(1, Math.max(...NAMED_KINDS.map(maxCharacters)), 'name is invalid'),
);

/**
 * Reads the name that a request asks for.
 * @throws ApiError 400 if the kind has no names, or cannot have this one
 */
export const nameOf = (kind: Kind, { query }: Pick<ApiRequest, 'query'>): string | undefined => {
  const { name } = query;
  if (name === undefined) return undefined;
  if (!isNamedKind(kind)) throw badRequest(`name is only for ${NAMED_KINDS_TEXT}`);
  if (!isEventType(kind, name)) throw badRequest(`name ${invalidType(kind)}${plusHint(name)}`);
  return name;
};
