import type { Accepted, Format } from '#shared/clients/accepted.ts';
import { translateOperation } from '#shared/clients/customer-io/translate.ts';
import { translateSegment } from '#shared/clients/segment/translate.ts';
import type { Translation } from '#shared/imports/history-message.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import { beginningOf } from '#shared/json/text.ts';

/** A translated message. */
export interface Translated {
  readonly translation: Translation;
  /** The id that the client gave the message, for the receipt; null if it gave none. */
  readonly id: string | null;
}

type Translate = (message: unknown, context: { readonly receivedAt: number }) => readonly Translation[];

const TRANSLATE: Readonly<Record<Format, Translate>> = {
  segment: (message, context) => [translateSegment(message, context)],
  'customer-io': translateOperation,
};

/** The length of an id that a receipt shows; valid ones are not longer. */
const SHOWN_CHARACTERS = 128;

const idOf = (message: unknown): string | null => {
  const { messageId, id } = (message ?? {}) as Readonly<Record<string, unknown>>;
  const sent = messageId ?? id;
  return typeof sent === 'string' ? beginningOf(sent, SHOWN_CHARACTERS) : null;
};

/** Gives a message without a time of its own its place among those of its request. */
const inOrder = (translation: Translation, receivedAt: number, nth: number): Translation =>
  translation.kind === 'message' && translation.message.at === receivedAt
    ? { kind: 'message', message: { ...translation.message, nth, isUndated: true } }
    : translation;

/** Translates the messages of a record. An operation of Customer.io may say several things. */
export const translate = ({ format, receivedAt, first, messages }: Accepted): readonly Translated[] =>
  messages.flatMap((text, at) => {
    const message = parseLossless(text);
    return TRANSLATE[format](message, { receivedAt }).map((translation) => ({
      translation: inOrder(translation, receivedAt, first + at),
      id: idOf(message),
    }));
  });
