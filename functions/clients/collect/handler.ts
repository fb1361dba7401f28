import pMap from 'p-map';
import type { Delivery, MessageOperation } from '#shared/aws/queue-handler.ts';
import { isPermanent, isRefusal, partOf } from '#shared/aws/retry.ts';
import type { Accepted } from '#shared/clients/accepted.ts';
import type { MessageBatch, MessageImporter } from '#shared/imports/message-import.ts';
import type { Clock } from '#shared/time/clock.ts';
import { OutOfTimeError } from '#shared/time/out-of-time.ts';
import { type Group, inGroups } from './groups.ts';
import { translate } from './translate.ts';

/** The dependencies of {@link createCollect}. */
export interface CollectDeps {
  readonly importMessages: MessageImporter;
  readonly now: Clock;
  /** Called for every record that is stored, with the time since it was accepted, in ms. */
  readonly onStored: (lagMs: number) => void;
}

/** The number of imports at the same time. */
const IMPORTS_AT_ONCE = 8;

/**
 * The number of messages of an import, and of all imports at the same time. An event of 6 MB has up to 46,000 messages; with this
 * number at once their import takes less than 400 MB. Source: `npm run bench -- --only collect`.
 */
const MESSAGES_AT_ONCE = 4_000;

/** The time for closing a receipt, in ms. */
const CLOSE_MS = 5_000;

/**
 * A record that was sent so long after its acceptance, in ms, was put back from the dead-letter queue: accepting takes seconds. SQS
 * counts its receives anew. Source: SQS Developer Guide, "Configuring a dead-letter queue redrive".
 */
const REDRIVEN_MS = 60_000;

/** A record that waits for its import. */
interface Waiting extends PromiseWithResolvers<void> {
  readonly accepted: Accepted;
  readonly delivery: Delivery;
}

/** Whether an earlier attempt at the messages of a record may have stored some of them. */
const isRepeated = ({ accepted, delivery }: Waiting): boolean =>
  delivery.attempt > 1 || delivery.sentAt - accepted.receivedAt > REDRIVEN_MS;

/**
 * Whether the cause of a failure may be a single message. If time has run out, all are received again; and what AWS refuses
 * whatever a request contains, such as a call without permission, would be refused for each part, with a receipt of its own.
 */
const isOfOneMessage = (error: unknown): boolean =>
  !(error instanceof OutOfTimeError) && (!isPermanent(error) || isRefusal(error));

const messagesOf = (records: readonly Waiting[]): number =>
  records.reduce((sum, { accepted }) => sum + accepted.messages.length, 0);

/**
 * Imports accepted messages: the records that a function receives together become one import for each organisation, or several
 * if they have many messages, so that a single message costs its share of a receipt. If an import fails for a reason that a retry does not remove, it is divided, until
 * the record that causes it fails alone.
 */
export const createCollect = ({ importMessages, now, onStored }: CollectDeps): MessageOperation<Accepted> => {
  /** @throws OutOfTimeError if there is no time left */
  const batchOf = (records: Group<Waiting>): MessageBatch => {
    const [{ accepted, delivery }] = records;
    // The receipt must be closed within the time of the function.
    const work = partOf(delivery.budget, delivery.budget.deadline - now() - CLOSE_MS);
    if (work.deadline <= now()) throw new OutOfTimeError('Earlier imports have taken all of the time');
    const translated = records.flatMap((record) => translate(record.accepted));
    return {
      orgId: accepted.orgId,
      source: 'stream',
      isRepeated: records.some(isRepeated),
      translations: translated.map(({ translation }) => translation),
      ids: translated.map(({ id }) => id),
      receivedAt: now(),
      budget: { work, closing: () => delivery.budget },
    };
  };

  const importTogether = async (records: Group<Waiting>): Promise<void> => {
    try {
      const outcome = await importMessages(batchOf(records));
      if (outcome.kind !== 'completed') {
        throw new OutOfTimeError('Not all messages of an import could be stored in time');
      }
    } catch (error) {
      if (records.length > 1 && isOfOneMessage(error)) {
        const half = Math.ceil(records.length / 2);
        for (const part of inGroups(records, () => 1, half)) await importTogether(part);
        return;
      }
      for (const { reject } of records) reject(error);
      return;
    }
    for (const { resolve, accepted } of records) {
      onStored(now() - accepted.receivedAt);
      resolve();
    }
  };

  let waiting: Waiting[] = [];
  const flush = async (): Promise<void> => {
    const records = waiting;
    waiting = [];
    const byOrganisation = Map.groupBy(records, ({ accepted }) => accepted.orgId);
    const imports = [...byOrganisation.values()]
      .flatMap((ofOne) => inGroups(ofOne, (record) => messagesOf([record]), MESSAGES_AT_ONCE))
      // The backlog of one organisation does not keep the few messages of others waiting.
      .sort((a, b) => messagesOf(a) - messagesOf(b));
    for (const together of inGroups(imports, messagesOf, MESSAGES_AT_ONCE)) {
      await pMap(together, importTogether, { concurrency: IMPORTS_AT_ONCE });
    }
  };

  return (accepted, delivery) => {
    // All records of a batch are passed on in one turn of the event loop; the next one has all of them.
    if (waiting.length === 0) setImmediate(flush);
    const record = { accepted, delivery, ...Promise.withResolvers<void>() };
    waiting.push(record);
    return record.promise;
  };
};
