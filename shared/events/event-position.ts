import * as v from 'valibot';
import { CONTACT_ID } from '../identities/contact-id.ts';
import { EventSkSchema, SK_LENGTH } from './event-item.ts';

/**
 * The position of an event among the events of several histories: its sort key, then the id of its history. Sort keys have
 * one length, so positions as texts have the order of sort keys and, among equal ones, of histories. A position depends on
 * nothing but the event: it remains valid when events arrive, and when the contact gets more histories.
 */
export const positionOf = (sk: string, historyId: string): string => `${sk}#${historyId}`;

/** The sort key and the history of a {@link positionOf}. */
export const placeOf = (position: string): { readonly sk: string; readonly historyId: string } => ({
  sk: position.slice(0, SK_LENGTH),
  historyId: position.slice(SK_LENGTH + 1),
});

/** A text that {@link positionOf} returns. */
export const EventPositionSchema = v.pipe(
  v.string(),
  v.check((text) => {
    const { sk, historyId } = placeOf(text);
    return text === positionOf(sk, historyId) && v.is(EventSkSchema, sk) && CONTACT_ID.test(historyId);
  }),
);
