import type { ImportContactsDeps } from '#functions/ingest/contacts/handler.ts';
import type { ImportEventsDeps } from '#functions/ingest/import-events/handler.ts';
import type { ImportReport } from '#functions/ingest/import-request.ts';
import type { Item } from '#shared/aws/dynamodb.ts';
import type { ContactEntry } from '#shared/contacts/contact-schemas.ts';
import type { ApiResponse } from '#shared/http/api.ts';
import { ApiError } from '#shared/http/api-error.ts';
import type { UpsertOutcome } from '#shared/imports/contact-writer.ts';
import type { OpeningReceipt, ReceiptOutcome } from '#shared/imports/receipt.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { fixedClock, idsOf } from './builders.ts';

type Step = 'existing' | 'upsert' | 'open' | 'put' | 'close';

/** How a test wants the tables to be. */
interface WorldOptions {
  /** Ids of the contacts that exist. */
  readonly known?: readonly string[];
  /** Which items of a put are left over; it may throw. */
  readonly leaves?: (items: readonly Item[]) => Item[];
  /** What becomes of a contact; created unless it exists, where a test does not say. */
  readonly upserted?: (contactId: string, entry: ContactEntry) => UpsertOutcome | undefined;
  /** Which step runs out of time. */
  readonly slow?: Step;
}

interface SeenReceipt extends OpeningReceipt {
  readonly orgId: string;
  readonly touched: readonly string[];
  outcome: ReceiptOutcome | undefined;
}

/** The dependencies of imports as plain objects, and all that went on with them. */
export const aWorld = (options: WorldOptions = {}) => {
  const journal: Step[] = [];
  const deadlines: Partial<Record<Step, number>> = {};
  const known = new Set(options.known);
  const stored = new Map<string, Item>();
  const puts: number[] = [];
  const upserts: ReadonlyMap<string, ContactEntry>[] = [];
  const receipts: SeenReceipt[] = [];
  const reports: ImportReport[] = [];

  const at = (step: Step, budget: { readonly deadline: number }): void => {
    journal.push(step);
    deadlines[step] = budget.deadline;
    if (options.slow === step) throw new OutOfTimeError(`${step} ran out of time`);
  };

  const deps: ImportEventsDeps & ImportContactsDeps = {
    now: fixedClock,
    onImport: (report) => reports.push(report),
    contacts: {
      existing: async (_orgId, contactIds, { budget }) => {
        at('existing', budget);
        return new Set((await idsOf(contactIds)).filter((id) => known.has(id)));
      },
      upsert: async (_orgId, entries, _call, { budget }) => {
        at('upsert', budget);
        upserts.push(entries);
        const outcomes = new Map<string, UpsertOutcome>();
        for (const [contactId, entry] of entries) {
          const byDefault: UpsertOutcome = { kind: 'stored', created: !known.has(contactId) };
          const outcome = options.upserted ? options.upserted(contactId, entry) : byDefault;
          if (outcome !== undefined) outcomes.set(contactId, outcome);
        }
        return outcomes;
      },
    },
    events: {
      put: async (items, { budget }) => {
        at('put', budget);
        const left = options.leaves?.(items) ?? [];
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
      close: async (orgId, id, outcome, budget) => {
        at('close', budget);
        const receipt = receipts.find((each) => each.orgId === orgId && each.id === id);
        if (receipt === undefined) throw new Error(`No receipt ${id} was opened`);
        receipt.outcome = outcome;
      },
    },
  };
  return { deps, journal, deadlines, stored, puts, upserts, receipts, reports };
};

/** What the answer of an import has, whichever endpoint it is. */
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
