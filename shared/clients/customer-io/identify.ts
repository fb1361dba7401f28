import type { Namespace } from '../../identities/identity.ts';
import type { HistoryMessage } from '../../imports/history-message.ts';
import { MAX_LEAD_MS } from '../../time/instant.ts';
import { eventOf, textsOf } from '../attributes.ts';
import { type Checked, valid } from '../checked.ts';
import { type Fields, fieldsOf } from '../sent-value.ts';
import { parseVendorTime } from '../vendor-time.ts';
import { attributesOf } from './attributes.ts';
import { IDENTIFIERS, type Names, onlyName, type PersonName, validName } from './identifiers.ts';
import { companiesOf, noRelationships } from './relationships.ts';
import { type TranslationContext, timeOf } from './time.ts';

/** The names of a person that are attributes as well: people look for them among the attributes. */
const ALSO_ATTRIBUTES: ReadonlySet<string> = new Set(['email', 'phone']);

/** A person as the attributes of a message describe them. */
interface Person {
  readonly names: Names;
  readonly attributes: Fields;
}

/**
 * The names among a person's attributes. What is no valid name, or another one than the message has already, is an
 * attribute and no more: a name in the wrong form must not cost the message.
 */
const personOf = ({ namespace, shown }: PersonName, sent: Fields): Person => {
  const names: Partial<Record<Namespace, string>> = { [namespace]: shown };
  const attributes: Record<string, unknown> = { ...sent };
  for (const identifier of IDENTIFIERS) {
    if (!Object.hasOwn(sent, identifier)) continue;
    const name = validName(identifier, sent[identifier]);
    if (name !== undefined) names[name.namespace] ??= name.shown;
    const isName = name !== undefined && names[name.namespace] === name.shown;
    const isNothing = (sent[identifier] ?? '') === '';
    if ((isName || isNothing) && !ALSO_ATTRIBUTES.has(identifier)) delete attributes[identifier];
  }
  return { names, attributes };
};

/** When the person was created elsewhere; undefined if that is no time at which anybody can have been created. */
const createdAtOf = (sent: unknown, receivedAt: number): number | undefined => {
  const at = parseVendorTime(sent) ?? Number.NaN;
  return at > 0 && at <= receivedAt + MAX_LEAD_MS ? at : undefined;
};

const isTrue = (sent: unknown): boolean => sent === true || sent === 'true';

/** The time of an identify: version 1 has it among the attributes. */
const identifiedAt = ({ timestamp }: Fields, { _timestamp }: Fields, context: TranslationContext) =>
  (timestamp ?? null) === null
    ? timeOf(_timestamp, '_timestamp', context)
    : timeOf(timestamp, 'timestamp', context);

/** What an identify says about a person: their attributes, and further messages for all companies but the first. */
export const identifyMessages = (
  name: PersonName,
  operation: Fields,
  context: TranslationContext,
): Checked<readonly HistoryMessage[]> => {
  const sent = fieldsOf(operation['attributes']) ?? {};
  const at = identifiedAt(operation, sent, context);
  if (at.kind === 'rejected') return at;
  const described = attributesOf(operation['attributes']);
  if (described.kind === 'rejected') return described;
  const companies = companiesOf(operation['cio_relationships'] ?? sent['cio_relationships'], undefined);
  if (companies.kind === 'rejected') return companies;
  const { names, attributes } = personOf(name, described.value);
  const [company, ...others] = companies.value;
  const common = { id: undefined, names, at: at.value, mustExist: isTrue(sent['_update']) };
  const message: HistoryMessage = {
    ...common,
    ...(Object.keys(attributes).length > 0 && {
      attributes: textsOf(attributes),
      // What was true then stands in the timeline, even if a later value is kept.
      event: eventOf('profile', 'updated', attributes),
    }),
    createdAt: createdAtOf(sent['created_at'], context.receivedAt),
    company,
  };
  return valid([message, ...others.map((other) => ({ ...common, company: other }))]);
};

/** What a message says about a person's relationships alone. */
export const relationshipMessages = (
  name: PersonName,
  operation: Fields,
  context: TranslationContext,
): Checked<readonly HistoryMessage[]> => {
  const at = timeOf(operation['timestamp'], 'timestamp', context);
  if (at.kind === 'rejected') return at;
  const companies = companiesOf(operation['cio_relationships'], operation['action']);
  if (companies.kind === 'rejected') return companies;
  const names = onlyName(name);
  if (companies.value.length === 0) return noRelationships();
  return valid(companies.value.map((company) => ({ id: undefined, names, at: at.value, company })));
};
