import * as v from 'valibot';
import type { Contact } from '../contacts/contact-item.ts';
import { valueAt } from '../scoring/decay.ts';
import { scoredBy } from '../scoring/scoring-settings.ts';
import type { Definitions } from '../segments/segment-store.ts';
import type { Standing } from '../standings/standing-item.ts';

const moment = v.pipe(v.string(), v.isoTimestamp());

/** A contact's profile: scores are those of the moment of reading. */
export const ProfileSchema = v.object({
  contactId: v.string(),
  email: v.string(),
  externalId: v.optional(v.string()),
  createdAt: moment,
  updatedAt: moment,
  engagementScore: v.number(),
  scoredAt: v.pipe(v.nullable(moment), v.description('The last refresh; null before the first')),
  stale: v.pipe(
    v.boolean(),
    v.description(
      'Whether the scores were computed by earlier scoring settings; the refresh that recomputes them is under way',
    ),
  ),
  locationInterests: v.array(v.object({ location: v.string(), score: v.number() })),
  segments: v.array(v.object({ id: v.string(), name: v.string(), enteredAt: moment })),
  lastActivityAt: v.nullable(moment),
  attributes: v.record(v.string(), v.unknown()),
});
type Profile = v.InferOutput<typeof ProfileSchema>;

/**
 * A function that writes profiles as JSON text; attributes are the text that came in.
 *
 * Scores are never a mixture: they decay by the half-lives that they were computed by, and are `stale` until they are
 * computed by the organisation's present settings.
 *
 * @param definitions - of the organisation: its scoring and the names of segments
 * @param now - the moment of reading, ms since 1970: what was stored is a sum at `scoredAt`, and all of it decays alike
 */
export const createProfileWriter = ({ scoring, segments }: Definitions, now: number) => {
  const present = scoredBy(scoring);
  const names = new Map(segments.map(({ id, name }) => [id, name]));
  return (contact: Contact, standing: Standing): string => {
    const { contactId, email, externalId, createdAt, updatedAt } = contact;
    const { scoredAt, lastActivityAt } = standing;
    const at = scoredAt ?? now;
    // Before the first refresh there is nothing that could decay or be stale.
    const by = standing.scoredBy ?? present;
    const profile: Omit<Profile, 'attributes'> = {
      contactId,
      email,
      externalId,
      createdAt,
      updatedAt,
      engagementScore: valueAt({ sum: standing.score, at }, by.engagementHalfLifeMs, now),
      scoredAt: scoredAt === undefined ? null : new Date(scoredAt).toISOString(),
      stale: by.version !== present.version,
      locationInterests: standing.interests.map(({ location, sum }) => ({
        location,
        score: valueAt({ sum, at }, by.locationInterestHalfLifeMs, now),
      })),
      // A segment that was deleted a moment ago has no name any more, and is gone once its members are refreshed.
      segments: [...standing.segments].flatMap(([id, enteredAt]) => {
        const name = names.get(id);
        return name === undefined ? [] : [{ id, name, enteredAt }];
      }),
      lastActivityAt: lastActivityAt ?? null,
    };
    const attributes = [...contact.attributes].map(([name, json]) => `${JSON.stringify(name)}:${json}`);
    return `${JSON.stringify(profile).slice(0, -1)},"attributes":{${attributes.join(',')}}}`;
  };
};
