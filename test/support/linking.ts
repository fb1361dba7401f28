import type { ContactState } from '#shared/contacts/contact-state.ts';
import { changedAt } from '#shared/contacts/timed.ts';
import { identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity, Namespace } from '#shared/identities/identity.ts';
import { namedIdentities, type PersonMessage } from '#shared/linking/message.ts';
import { NOW, ORG } from './builders.ts';

/** Values by namespace. */
export type Shown = Readonly<Partial<Record<Namespace, string>>>;

/** A message about a person. */
export const aMessage = (shown: Shown, overrides: Partial<PersonMessage> = {}): PersonMessage => ({
  identities: namedIdentities(ORG, shown),
  time: { at: NOW, nth: 0 },
  attributes: new Map(),
  createdAt: undefined,
  ...overrides,
});

/** A contact with these identities as it is stored; its id is that of the first. */
export const aState = (
  identities: readonly Identity[],
  {
    attributes = {},
    ...overrides
  }: Partial<Omit<ContactState, 'attributes'>> & {
    readonly attributes?: Readonly<Record<string, string>>;
  } = {},
): ContactState => {
  const linked = identities.map(
    (identity) => [identityIdOf(ORG, identity), { ...identity, linkedAt: NOW }] as const,
  );
  return {
    contactId: linked[0]?.[0] ?? '',
    version: 1,
    identities: new Map(linked),
    fields: new Map(),
    attributes: changedAt(Object.entries(attributes), { at: NOW - 1, nth: 0 }),
    companies: new Map(),
    devices: new Map(),
    createdAt: NOW - 1,
    updatedAt: NOW - 1,
    ...overrides,
  };
};

/** Several browsers of a person. */
export const browsers = (count: number, of = 'browser'): Identity[] =>
  Array.from({ length: count }, (_, nth) => ({ namespace: 'anonymousId', value: `${of} ${nth}` }));
