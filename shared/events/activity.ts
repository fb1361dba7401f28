import * as v from 'valibot';
import { type HistoryEvent, KINDS } from './kinds.ts';

/** An event in a timeline. For the location kinds, `type` is the signalType or the source; for named events, the name. */
export const ActivitySchema = v.object({
  kind: v.pipe(
    v.picklist(KINDS),
    v.description(
      '`track`: a named event; `profile`: a change of attributes, with the sent ones as metadata',
    ),
  ),
  type: v.pipe(v.string(), v.description('The type, signalType, source or name')),
  occurredAt: v.pipe(v.string(), v.isoTimestamp()),
  eventId: v.optional(v.string()),
  location: v.optional(v.string()),
  strength: v.optional(v.number()),
  metadata: v.optional(v.pipe(v.record(v.string(), v.unknown()), v.description('As it was sent'))),
});
type Activity = v.InferOutput<typeof ActivitySchema>;

/** Formats an event as JSON text; its metadata is returned as it was sent. */
export const activityJson = (event: HistoryEvent): string => {
  const { kind, type, occurredAt, eventId, location, strength, metadata } = event;
  const activity: Activity = {
    kind,
    type,
    occurredAt: new Date(occurredAt).toISOString(),
    eventId,
    location,
    strength,
  };
  const json = JSON.stringify(activity);
  return metadata === undefined ? json : `${json.slice(0, -1)},"metadata":${metadata}}`;
};
