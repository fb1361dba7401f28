import { eventOf, isEmpty } from '../attributes.ts';
import { type Checked, rejected, valid } from '../checked.ts';
import { type Fields, mapOf, textOf } from '../sent-value.ts';
import { companyOfContext } from './company.ts';
import { MAX_PART_DEPTH } from './metadata.ts';
import type { Reader } from './said.ts';

/** What is shown beside the properties. */
const LIFTED = ['name', 'category', 'url', 'title'] as const;

/** Those that are fields of a message; some clients send `category` among the properties as well. */
const ROOT_FIELDS = ['name', 'category'] as const;

/** Whether a value is text or a number that says something. */
const isText = (value: unknown): boolean => (textOf(value) ?? '') !== '';

/** The fields of a view at the root of its message. */
const rootFieldsOf = (message: Fields): Checked<Fields> => {
  const fields: Record<string, unknown> = {};
  for (const field of ROOT_FIELDS) {
    const value = message[field];
    if (value === undefined || value === null || value === '') continue;
    if (!isText(value)) return rejected(field, `${field} must be a string`);
    fields[field] = value;
  }
  return valid(fields);
};

/**
 * The metadata of a view: `name`, `category`, `url` and `title`, the other `properties`, and the `context`. A property that
 * differs from the field of the same name at the root stays where it is.
 */
const metadataOf = (root: Fields, properties: Fields, isScreen: boolean, context: Fields): Fields => {
  const lifted: Record<string, unknown> = {};
  const others = { ...properties };
  for (const field of LIFTED) {
    const value = root[field] ?? properties[field];
    if (!isText(value)) continue;
    lifted[field] = value;
    if (textOf(properties[field]) === textOf(value)) delete others[field];
  }
  return {
    ...lifted,
    ...(!isEmpty(others) && { properties: others }),
    ...(isScreen && { screen: true }),
    ...(!isEmpty(context) && { context }),
  };
};

/**
 * Reads a `page` or a `screen`: a page was viewed. Sources: Segment documentation, "Spec: Page", "Spec: Screen"; product
 * specification, "What a message becomes".
 */
export const readPage: Reader = (message, { context }) => {
  const root = rootFieldsOf(message);
  if (root.kind === 'rejected') return root;
  const properties = mapOf('properties', message['properties'], MAX_PART_DEPTH);
  if (properties.kind === 'rejected') return properties;
  const company = companyOfContext(context);
  if (company.kind === 'rejected') return company;
  const metadata = metadataOf(root.value, properties.value, message['type'] === 'screen', context);
  return valid({
    event: eventOf('web', 'page_view', metadata),
    ...(company.value !== undefined && { company: company.value }),
  });
};
