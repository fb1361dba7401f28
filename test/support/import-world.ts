import type { Item } from '#shared/aws/dynamodb.ts';
import type { ApiResponse } from '#shared/http/api.ts';
import { ApiError } from '#shared/http/api-error.ts';
import type { ContactImporterDeps } from '#shared/imports/contact-import.ts';
import type { EventBatch, EventImporterDeps } from '#shared/imports/event-import.ts';
import type { ImportBatch, ImportReport } from '#shared/imports/import-run.ts';
import type { ImportOutcome, Stored } from '#shared/imports/outcome.ts';
import type { OpeningReceipt, ReceiptOutcome } from '#shared/imports/receipt.ts';
import { parseLossless } from '#shared/json/lossless-json.ts';
import type { LinkOutcome } from '#shared/linking/draft.ts';
import type { PersonMessage } from '#shared/linking/message.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { aBudget, foundOf, idsOf, NOW, ORG } from './builders.ts';

/** The steps of an import that access tables. */
export type Step = 'find' | 'link' | 'open' | 'put' | 'close';

/** The state and behaviour of the tables in a test. */
interface WorldOptions {
  /** Ids of the contacts that exist. */
  readonly known?: readonly string[];
  /** Returns the items of a put that are not stored; may throw. */
  readonly leaves?: (items: readonly Item[]) => Item[];
  /** The outcome of storing a message about a contact. @default created unless it exists */
  readonly linked?: (contactId: string, message: PersonMessage) => LinkOutcome | undefined;
  /** The contacts that others become one with. */
  readonly merged?: readonly string[];
  /** The steps that run out of time. */
  readonly slow?: Step | readonly Step[];
  /** The step that fails permanently. */
  readonly broken?: Step;
  /** The duration of steps, in ms. @default 0 */
  readonly takes?: Partial<Readonly<Record<Step, number>>>;
}

interface SeenReceipt extends OpeningReceipt {
  readonly orgId: string;
  readonly touched: readonly string[];
  outcome: ReceiptOutcome | undefined;
}

/** In-memory dependencies of imports, and a record of their calls. */
export const aWorld = (options: WorldOptions = {}) => {
  const journal: Step[] = [];
  const deadlines: Partial<Record<Step, number>> = {};
  const known = new Set(options.known);
  const stored = new Map<string, Item>();
  const puts: number[] = [];
  const links: (readonly PersonMessage[])[] = [];
  const refreshed: string[] = [];
  const receipts: SeenReceipt[] = [];
  const reports: ImportReport[] = [];

  let elapsed = 0;
  const now = (): number => NOW + elapsed;

  const isSlow = (step: Step): boolean => [options.slow].flat().includes(step);

  const at = (step: Step, budget: { readonly deadline: number }): void => {
    journal.push(step);
    deadlines[step] = budget.deadline;
    elapsed += options.takes?.[step] ?? 0;
    // Puts and links report what was not stored in time; the other steps throw.
    if (isSlow(step) && step !== 'put' && step !== 'link') {
      throw new OutOfTimeError(`${step} ran out of time`);
    }
    if (options.broken === step) throw new Error(`${step} is broken`);
  };

  const deps: EventImporterDeps & ContactImporterDeps = {
    now,
    onImport: (report) => reports.push(report),
    contacts: {
      find: async (_orgId, contactIds, { budget }) => {
        at('find', budget);
        return foundOf((await idsOf(contactIds)).filter((id) => known.has(id)));
      },
    },
    link: async (_orgId, messages, { budget }) => {
      at('link', budget);
      links.push(messages);
      const created = new Set(known);
      const outcomes = messages.map((message): LinkOutcome | undefined => {
        const [{ id: contactId }] = message.identities;
        const isNew = !created.has(contactId);
        created.add(contactId);
        if (isSlow('link')) return undefined;
        return options.linked
          ? options.linked(contactId, message)
          : { kind: 'stored', contactId, created: isNew, notLinked: [] };
      });
      return { outcomes, merged: new Set(options.merged) };
    },
    refresh: async (_orgId, contactIds) => {
      refreshed.push(...contactIds);
    },
    events: {
      put: async (items, { budget }) => {
        at('put', budget);
        const left = isSlow('put') ? [...items] : (options.leaves?.(items) ?? []);
        puts.push(items.length);
        for (const item of items) {
          if (!left.includes(item)) stored.set(`${item['pk']?.S} ${item['sk']?.S}`, item);
        }
        return left;
      },
    },
    receipts: {
      open: async (orgId, receipt, touched, budget) => {
        at('open', budget);
        receipts.push({ orgId, ...receipt, touched: [...touched], outcome: undefined });
      },
      close: async (orgId, { id }, outcome, budget) => {
        at('close', budget);
        const receipt = receipts.find((each) => each.orgId === orgId && each.id === id);
        if (receipt === undefined) throw new Error(`No receipt ${id} was opened`);
        receipt.outcome = outcome;
      },
    },
  };
  return { deps, journal, deadlines, stored, puts, links, refreshed, receipts, reports };
};

/** Entries as a transport passes them on: fields that are `undefined` are absent. */
const asParsed = (entries: readonly unknown[]) => parseLossless(JSON.stringify(entries)) as unknown[];

/** A batch of contacts as a transport passes it on, with twenty seconds for storing and five for closing the receipt. */
export const aContactBatch = (
  entries: readonly unknown[],
  overrides: Partial<ImportBatch> = {},
): ImportBatch => ({
  orgId: ORG,
  source: 'contacts',
  entries: asParsed(entries),
  receivedAt: NOW,
  budget: { work: aBudget(20_000), closing: () => aBudget(25_000) },
  ...overrides,
});

/** A batch of events as a transport passes it on, with the same time. */
export const anEventBatch = (
  entries: readonly unknown[],
  overrides: Partial<EventBatch> = {},
): EventBatch => ({
  ...aContactBatch(entries),
  source: 'events/email',
  kind: 'email',
  ...overrides,
});

/** The outcome of a completed import. @throws Error if the import is not completed */
export const completed = <S extends Stored>(
  outcome: ImportOutcome<S>,
): Extract<ImportOutcome<S>, { kind: 'completed' }> => {
  if (outcome.kind !== 'completed') throw new Error(`The import is ${outcome.kind}`);
  return outcome;
};

/** The fields of an import's answer, for all endpoints. */
interface ImportAnswer {
  readonly imported: number;
  readonly skipped: number;
  readonly errors: readonly { readonly index: number; readonly reason: string }[];
  readonly contacts?: readonly {
    readonly index: number;
    readonly contactId: string;
    readonly created: boolean;
  }[];
}

export const answerOf = ({ body }: ApiResponse): ImportAnswer => body as ImportAnswer;

/** The {@link ApiError} that an operation throws. */
export const errorOf = async (run: Promise<unknown>): Promise<ApiError> => {
  const thrown = await run.then(
    () => new Error('Nothing was thrown'),
    (error: unknown) => error,
  );
  if (thrown instanceof ApiError) return thrown;
  throw thrown;
};
