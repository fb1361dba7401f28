import * as v from 'valibot';
import type { Contact } from '../contacts/contact-item.ts';
import { NAMESPACES } from '../identities/identity.ts';
import { objectText } from '../json/lossless-json.ts';
import { beginningOf } from '../json/text.ts';
import { valueAt } from '../scoring/decay.ts';
import { scoredBy } from '../scoring/scoring-settings.ts';
import type { Definitions } from '../segments/segment-store.ts';
import type { Standing } from '../standings/standing-item.ts';

/** The most companies of a contact whose names a profile shows: one read returns as many. */
const MAX_NAMES = 100;

/** The beginning of a company's name that a profile shows: names are for people, and a profile must fit into a response. */
const MAX_NAME = 256;

/** The trait that is the name of a company. */
export const NAME_TRAIT = 'name';

/** The traits of companies that profiles show: JSON texts by name, by the company's id. */
export type CompanyNames = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The ids of the companies of a contact whose names its profile shows. */
export const namedCompanies = ({ companies }: Pick<Contact, 'companies'>): readonly string[] =>
  companies.slice(0, MAX_NAMES);

/** The name of a company; null if it has none that is a text. */
const companyName = (text: string | undefined): string | null => {
  const name: unknown = text === undefined ? null : JSON.parse(text);
  return typeof name === 'string' ? beginningOf(name, MAX_NAME) : null;
};

const moment = v.pipe(v.string(), v.isoTimestamp());

/** A contact's profile. Its scores are those at the moment of reading. */
export const ProfileSchema = v.object({
  contactId: v.string(),
  email: v.optional(
    v.pipe(v.string(), v.description('The address that was sent last; absent if none is known')),
  ),
  externalId: v.optional(v.pipe(v.string(), v.description('The user id that was sent last'))),
  identities: v.pipe(
    v.array(v.object({ namespace: v.picklist(NAMESPACES), value: v.string(), linkedAt: moment })),
    v.description('The names by which the contact is known, in the order in which they were linked'),
  ),
  createdAt: moment,
  updatedAt: moment,
  engagementScore: v.pipe(v.number(), v.description('As of now: it decays between two requests')),
  scoredAt: v.pipe(
    v.nullable(moment),
    v.description('When the contact was last refreshed; null before the first refresh'),
  ),
  stale: v.pipe(
    v.boolean(),
    v.description(
      'Whether the scores were computed with previous scoring settings; the refresh that recomputes them is in progress',
    ),
  ),
  locationInterests: v.pipe(
    v.array(v.object({ location: v.string(), score: v.number() })),
    v.description('As of now, highest first'),
  ),
  segments: v.array(v.object({ id: v.string(), name: v.string(), enteredAt: moment })),
  lastActivityAt: v.pipe(
    v.nullable(moment),
    v.description('When the last event occurred that the contact was refreshed with; null if there is none'),
  ),
  companies: v.pipe(
    v.array(v.object({ groupId: v.string(), name: v.nullable(v.string()) })),
    v.description(
      `The companies that the contact belongs to. \`name\` is their trait of that name, of at most ${MAX_NAME} characters; null ` +
        `if it is not a text, and for all but the first ${MAX_NAMES} companies`,
    ),
  ),
  attributes: v.pipe(v.record(v.string(), v.unknown()), v.description('As they were sent')),
});
type Profile = v.InferOutput<typeof ProfileSchema>;

const NO_COMPANIES: CompanyNames = new Map();

/**
 * Creates a function that formats profiles as JSON text; attributes are returned as they were sent.
 *
 * Scores never mix settings: they decay with the half-lives that they were computed with, and are `stale` until they
 * are recomputed with the organisation's current settings.
 *
 * @param definitions - the organisation's scoring and segments
 * @param now - the moment of reading, ms since 1970; the stored sums, which are as of `scoredAt`, decay until then
 */
export const createProfileWriter = (
  { scoring, segments }: Pick<Definitions, 'scoring' | 'segments'>,
  now: number,
) => {
  const current = scoredBy(scoring);
  const names = new Map(segments.map(({ id, name }) => [id, name]));
  return (contact: Contact, standing: Standing, traits: CompanyNames = NO_COMPANIES): string => {
    const { contactId, email, externalId, identities, createdAt, updatedAt } = contact;
    const { scoredAt, lastActivityAt } = standing;
    const at = scoredAt ?? now;
    // Before the first refresh, all sums are 0 and cannot be stale.
    const by = standing.scoredBy ?? current;
    const profile: Omit<Profile, 'attributes'> = {
      contactId,
      email,
      externalId,
      identities: identities.map(({ namespace, value, linkedAt }) => ({
        namespace,
        value,
        linkedAt: new Date(linkedAt).toISOString(),
      })),
      createdAt,
      updatedAt,
      engagementScore: valueAt({ sum: standing.score, at }, by.engagementHalfLifeMs, now),
      scoredAt: scoredAt === undefined ? null : new Date(scoredAt).toISOString(),
      stale: by.version !== current.version,
      locationInterests: standing.interests.map(({ location, sum }) => ({
        location,
        score: valueAt({ sum, at }, by.locationInterestHalfLifeMs, now),
      })),
      // A deleted segment has no name; it is removed from the standing when the contact is refreshed.
      segments: [...standing.segments].flatMap(([id, enteredAt]) => {
        const name = names.get(id);
        return name === undefined ? [] : [{ id, name, enteredAt }];
      }),
      lastActivityAt: lastActivityAt ?? null,
      companies: contact.companies.map((groupId) => ({
        groupId,
        name: companyName(traits.get(groupId)?.get(NAME_TRAIT)),
      })),
    };
    return `${JSON.stringify(profile).slice(0, -1)},"attributes":${objectText(contact.attributes)}}`;
  };
};
