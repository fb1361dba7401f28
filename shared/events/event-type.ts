import { EMAIL_TYPES, type Kind, WEB_TYPES } from './kinds.ts';

/** A signalType or a source. Source: product documentation, "Validation Rules". */
const WORD = /^(?=.{1,64}$)[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

const isWord = (type: string): boolean => WORD.test(type);

const IS_TYPE: Readonly<Record<Kind, (type: string) => boolean>> = {
  email: (type) => (EMAIL_TYPES as readonly string[]).includes(type),
  web: (type) => (WEB_TYPES as readonly string[]).includes(type),
  'location-interests': isWord,
  'location-history': isWord,
};

/** Whether events of the kind can have the type: a known one, or any snake_case word of the location kinds. */
export const isEventType = (kind: Kind, type: string): boolean => IS_TYPE[kind](type);
