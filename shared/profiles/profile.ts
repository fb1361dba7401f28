import * as v from 'valibot';
import type { Contact } from '../contacts/contact-item.ts';
import { valueAt } from '../scoring/decay.ts';
import { compileScoring } from '../scoring/scoring-settings.ts';
import type { Definitions } from '../segments/segment-store.ts';

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
  locationInterests: v.array(v.object({ location: v.string(), score: v.number() })),
  segments: v.array(v.object({ id: v.string(), name: v.string(), enteredAt: moment })),
  lastActivityAt: v.nullable(moment),
  attributes: v.record(v.string(), v.unknown()),
});
type Profile = v.InferOutput<typeof ProfileSchema>;

/**
 * A function that writes profiles as JSON text; attributes are the text that came in.
 *
 * @param definitions - of the organisation: half-lives and the names of segments
 * @param now - the moment of reading, ms since 1970: what was stored is a sum at `scoredAt`, and all of it decays alike
 */
export const createProfileWriter = ({ scoring: settings, segments }: Definitions, now: number) => {
  const { engagementHalfLifeMs, locationInterestHalfLifeMs } = compileScoring(settings);
  const names = new Map(segments.map(({ id, name }) => [id, name]));
  return (contact: Contact): string => {
    const { contactId, email, externalId, createdAt, updatedAt, scoredAt, lastActivityAt } = contact;
    const at = scoredAt ?? now;
    const profile: Omit<Profile, 'attributes'> = {
      contactId,
      email,
      externalId,
      createdAt,
      updatedAt,
      engagementScore: valueAt({ sum: contact.score, at }, engagementHalfLifeMs, now),
      scoredAt: scoredAt === undefined ? null : new Date(scoredAt).toISOString(),
      locationInterests: contact.interests.map(({ location, sum }) => ({
        location,
        score: valueAt({ sum, at }, locationInterestHalfLifeMs, now),
      })),
      // A segment that was deleted a moment ago has no name any more, and is gone once its members are refreshed.
      segments: [...contact.segments].flatMap(([id, enteredAt]) => {
        const name = names.get(id);
        return name === undefined ? [] : [{ id, name, enteredAt }];
      }),
      lastActivityAt: lastActivityAt ?? null,
    };
    const attributes = [...contact.attributes].map(([name, json]) => `${JSON.stringify(name)}:${json}`);
    return `${JSON.stringify(profile).slice(0, -1)},"attributes":{${attributes.join(',')}}}`;
  };
};
