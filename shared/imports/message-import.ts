import type { RetryBudget } from '../aws/retry.ts';
import type { ChangeTime } from '../contacts/timed.ts';
import type { LinkOptions } from '../linking/linker.ts';
import type { ArrivalStore } from './arrival-store.ts';
import type { Translation } from './history-message.ts';
import { beginImport, finishImport, type ImportBudget, type ImportRunDeps } from './import-run.ts';
import type { EntryError, ImportOutcome, Stored } from './outcome.ts';
import { type PreparedMessage, prepareMessage } from './prepared-message.ts';
import { EVENT_TOO_LARGE, isTooLarge } from './put-events.ts';
import { MAX_LISTED, type MessageEndpoint, type ReceiptDetails, type ReceiptNotLinked } from './receipt.ts';
import { type MessageStores, type StoredOutcomes, storeMessages } from './store-messages.ts';

/** The dependencies of the import of messages. */
export interface MessageImporterDeps extends ImportRunDeps, MessageStores {
  readonly arrivals: ArrivalStore;
  /** Refreshes contacts that others have become one with. A failure is harmless: they are due as well. */
  readonly refresh: (orgId: string, contactIds: readonly string[]) => Promise<void>;
  /** Refreshes the members of companies whose traits have changed. */
  readonly refreshCompanies: (
    orgId: string,
    groupIds: ReadonlySet<string>,
    budget: RetryBudget,
  ) => Promise<unknown>;
}

/** Messages of an organisation, as clients sent them and as they were translated. */
export interface MessageBatch {
  readonly orgId: string;
  readonly source: MessageEndpoint;
  readonly translations: readonly Translation[];
  /** The clients' ids of the messages, for the receipt. @default - the messages have none */
  readonly ids?: readonly (string | null)[];
  /** Whether an earlier attempt at the same messages was interrupted. @default false */
  readonly isRepeated?: boolean;
  /** When the batch was received, ms since 1970. */
  readonly receivedAt: number;
  readonly budget: ImportBudget;
}

/** The stored messages of a batch. */
export interface StoredMessages extends Stored {
  /** The ids of the contacts that the stored messages are about. */
  readonly contacts: ReadonlySet<string>;
  /** Identities that were not linked to the contacts of their messages, with reasons. */
  readonly notLinked: readonly ReceiptNotLinked[];
}

/** Stores the valid messages of a batch; the outcome lists the others by index, with reasons. */
export type MessageImporter = (batch: MessageBatch) => Promise<ImportOutcome<StoredMessages>>;

/** Messages that are ready to be stored. */
interface PreparedMessages {
  readonly prepared: readonly PreparedMessage[];
  readonly touched: ReadonlySet<string>;
  readonly errors: readonly EntryError[];
}

/**
 * Creates the import of clients' messages, for all transports: it writes a receipt, stores companies, contacts and events, and
 * closes the receipt. Unlike the batch endpoints it creates the contacts that messages are about.
 */
export const createMessageImporter =
  (deps: MessageImporterDeps): MessageImporter =>
  (batch) => {
    const { orgId, source, receivedAt, budget, translations, isRepeated = false } = batch;
    const run = beginImport({ orgId, source, entries: translations, receivedAt, budget });
    const options = { now: receivedAt, budget: budget.work, onRetry: run.onRetry, isRepeated };
    return finishImport(
      deps,
      run,
      prepareMessages(deps.arrivals, batch, options),
      async ({ prepared, errors }) => {
        const outcomes = await storeMessages(deps, orgId, prepared, options);
        const { merged, changedCompanies } = outcomes;
        if (merged.size > 0) await deps.refresh(orgId, [...merged]);
        if (changedCompanies.size > 0) await deps.refreshCompanies(orgId, changedCompanies, budget.work);
        return storedMessages(prepared, errors, outcomes, batch.ids);
      },
      detailsOf,
    );
  };

const detailsOf = ({ errors, notLinked }: StoredMessages): ReceiptDetails => ({
  errors: errors
    .slice(0, MAX_LISTED)
    .map(({ index, identifier, reason }) => ({ index, messageId: identifier, reason })),
  notLinked: notLinked.slice(0, MAX_LISTED),
});

const errorOf = (ids: MessageBatch['ids'], index: number, reason: string): EntryError => ({
  index,
  field: 'messageId',
  identifier: ids?.[index] ?? null,
  reason,
});

/** The first arrivals of messages without a time of their own, by id. */
const firstArrivals = async (
  arrivals: ArrivalStore,
  { orgId, translations }: MessageBatch,
  options: LinkOptions,
): Promise<ReadonlyMap<string, ChangeTime>> => {
  const undated = new Map<string, ChangeTime>();
  for (const translation of translations) {
    if (translation.kind === 'rejected') continue;
    const { id, isUndated, at, nth = 0 } = translation.message;
    if (isUndated === true && id !== undefined && !undated.has(id)) undated.set(id, { at, nth });
  }
  return undated.size === 0 ? undated : arrivals.firstOf(orgId, undated, options);
};

const prepareMessages = async (
  arrivals: ArrivalStore,
  batch: MessageBatch,
  options: LinkOptions,
): Promise<PreparedMessages> => {
  const { orgId, translations, ids } = batch;
  const first = await firstArrivals(arrivals, batch, options);
  const prepared: PreparedMessage[] = [];
  const errors: EntryError[] = [];
  for (const [index, translation] of translations.entries()) {
    if (translation.kind === 'rejected') {
      errors.push(errorOf(ids, index, translation.reason));
      continue;
    }
    const { isUndated, id = '' } = translation.message;
    const arrival = isUndated === true ? first.get(id) : undefined;
    const message = prepareMessage(orgId, index, { ...translation.message, ...arrival });
    if (message.item !== undefined && isTooLarge(message.item)) {
      errors.push(errorOf(ids, index, EVENT_TOO_LARGE));
      continue;
    }
    prepared.push(message);
  }
  // An identity's id is as good as the contact's, which is not known yet. A message counts for the contact of its strongest.
  const touched = new Set(prepared.flatMap(({ identities: [strongest] }) => strongest?.id ?? []));
  return { prepared, touched, errors };
};

/** The result of a batch, by the outcome of each message. */
const storedMessages = (
  prepared: readonly PreparedMessage[],
  invalid: readonly EntryError[],
  { outcomes }: StoredOutcomes,
  ids: MessageBatch['ids'],
): StoredMessages => {
  const errors = [...invalid];
  const contacts = new Set<string>();
  const notLinked: ReceiptNotLinked[] = [];
  let imported = 0;
  let left = 0;
  for (const [at, { index }] of prepared.entries()) {
    const outcome = outcomes[at];
    if (outcome === undefined) left += 1;
    else if (outcome.kind === 'rejected') errors.push(errorOf(ids, index, outcome.reason));
    else {
      imported += 1;
      if (outcome.kind !== 'stored') continue;
      contacts.add(outcome.contactId);
      for (const { namespace, reason, contactId = null } of outcome.notLinked) {
        notLinked.push({ index, namespace, reason, contactId: outcome.contactId, belongsTo: contactId });
      }
    }
  }
  errors.sort((a, b) => a.index - b.index);
  return { imported, left, errors, contacts, notLinked };
};
