import type { Item } from '#shared/aws/dynamodb.ts';
import { type ChangeTime, changedAt, mergeTimed, type TimedValues } from '#shared/contacts/timed.ts';
import { createIdentityStore } from '#shared/identities/identity-store.ts';
import type { HistoryMessage, Translation } from '#shared/imports/history-message.ts';
import type { ImportReport } from '#shared/imports/import-run.ts';
import { createMessageImporter, type MessageBatch } from '#shared/imports/message-import.ts';
import type { OpeningReceipt, ReceiptOutcome } from '#shared/imports/receipt.ts';
import type { MessageStores } from '#shared/imports/store-messages.ts';
import { createLinker } from '#shared/linking/linker.ts';
import { createMerge } from '#shared/linking/merge.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aBudget, NOW, ORG } from './builders.ts';
import { newLinkTables } from './link-tables.ts';

/** A message of a person whose user id is `5`. */
export const aHistoryMessage = (overrides: Partial<HistoryMessage> = {}): Translation => ({
  kind: 'message',
  message: { id: undefined, names: { userId: '5' }, at: NOW - 1_000, ...overrides },
});

/** A named event, as a translation has it. */
export const purchased = (metadata?: string): NonNullable<HistoryMessage['event']> => ({
  kind: 'track',
  type: 'purchased',
  metadata,
  canonicalMetadata: metadata,
});

/** Companies in memory. */
const newCompanies = () => {
  const traits = new Map<string, TimedValues>();
  const members = new Set<string>();
  const refused = new Map<string, string>();
  const writer: MessageStores['companies'] = {
    change: async (_orgId, changes) => {
      const before = new Map(traits);
      const outcomes = changes.map(({ groupId, traits: changed, time }) => {
        const reason = refused.get(groupId);
        if (reason !== undefined) return { kind: 'rejected', reason } as const;
        traits.set(groupId, mergeTimed(traits.get(groupId) ?? new Map(), changedAt(changed, time)));
        return { kind: 'stored' } as const;
      });
      const changed = [...traits].filter(([id, now]) => before.get(id) !== now).map(([id]) => id);
      return { outcomes, changed: new Set(changed), left: 0 };
    },
    addMembers: async (_orgId, rows) => {
      for (const { groupId, identityId } of rows) members.add(`${groupId} ${identityId}`);
    },
  };
  return { traits, members, refused, writer };
};

interface WorldOptions {
  /** Returns the items of a put that are not stored; may throw. */
  readonly leaves?: (items: readonly Item[]) => Item[];
  /** The step that runs out of time. */
  readonly slow?: 'open' | 'close';
}

/** The import of messages on tables in memory. */
export const aMessageWorld = ({ leaves = () => [], slow }: WorldOptions = {}) => {
  const link = newLinkTables();
  const companies = newCompanies();
  const events = new Map<string, Item>();
  const receipts: (OpeningReceipt & { touched: string[]; outcome: ReceiptOutcome | undefined })[] = [];
  const reports: ImportReport[] = [];
  const refreshed: string[] = [];
  const refreshedCompanies: string[] = [];
  const arrivals = new Map<string, ChangeTime>();
  const at = (step: 'open' | 'close'): void => {
    if (slow === step) throw new OutOfTimeError(step);
  };
  const importMessages = createMessageImporter({
    identities: createIdentityStore(link.client, link.tables.identities),
    link: createLinker(link.store),
    merge: createMerge(link.store),
    companies: companies.writer,
    events: {
      put: async (items) => {
        const left = leaves(items);
        for (const item of items)
          if (!left.includes(item)) events.set(`${item['pk']?.S}|${item['sk']?.S}`, item);
        return left;
      },
    },
    arrivals: {
      firstOf: async (_orgId, sent) => {
        for (const [id, time] of sent) if (!arrivals.has(id)) arrivals.set(id, time);
        return arrivals;
      },
    },
    receipts: {
      open: async (_orgId, receipt, touched) => {
        at('open');
        receipts.push({ ...receipt, touched: [...touched], outcome: undefined });
      },
      close: async (_orgId, { id }, outcome) => {
        at('close');
        const receipt = receipts.find((each) => each.id === id);
        if (receipt !== undefined) receipt.outcome = outcome;
      },
    },
    refresh: async (_orgId, contactIds) => {
      refreshed.push(...contactIds);
    },
    refreshCompanies: async (_orgId, groupIds) => {
      refreshedCompanies.push(...groupIds);
    },
    onImport: (report) => reports.push(report),
    now: () => NOW,
  });
  return {
    ...link,
    companies,
    events,
    receipts,
    reports,
    refreshed,
    refreshedCompanies,
    run: (translations: readonly Translation[], overrides: Partial<MessageBatch> = {}) =>
      importMessages({
        orgId: ORG,
        source: 'stream',
        translations,
        receivedAt: NOW,
        budget: { work: aBudget(), closing: () => aBudget() },
        ...overrides,
      }),
  };
};
