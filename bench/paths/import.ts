import { readdirSync, readFileSync } from 'node:fs';
import type { Item } from '#shared/aws/dynamodb.ts';
import { OUTPUT } from '#shared/runtime/names.ts';
import { writeBare } from '../support/bare-writes.ts';
import { bodyOf, CONTACTS, EVENTS, itemsOf } from '../support/email-batch.ts';
import { type Figure, figureOf, figureOfPairs, timePairs } from '../support/figures.ts';
import { createContacts, type World } from '../support/world.ts';

/** The largest resident set that the processes of a function have had, in MB. */
const peakMemoryMb = (functionName: string): number => {
  const peaks = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (!environment.includes(`AWS_LAMBDA_FUNCTION_NAME=`) || !environment.includes(functionName))
          return [];
        const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return peak === undefined ? [] : [Number(peak) / 1_024];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
  return Math.max(0, ...peaks);
};

/** Full batches of email events over HTTP, against bare writes of the same items. */
export const measureImport = async (world: World): Promise<Figure[]> => {
  const caller = await world.organisation('import');
  await createContacts(caller, CONTACTS);
  const bodies = Array.from({ length: 6 }, (_, round) => bodyOf(round));
  const bare = Array.from({ length: 6 }, (_, round) => itemsOf('o_floor00000', round));
  const table = world.stack.outputs[OUTPUT.eventsTable] as string;
  let units = 0;
  const pairs = await timePairs(
    (round) => caller.call('POST', '/v1/events/email/batch', bodies[round]),
    async (round) => {
      const items = bare[round] as Item[];
      units = await writeBare(world.client, table, items, { ReturnConsumedCapacity: 'TOTAL' });
    },
  );
  const path = 'import: 10,000 email events of 2,000 contacts';
  const figures = [
    figureOfPairs(path, 'wall ms', 'bare BatchWriteItem', pairs, 1.1),
    figureOf('import: write units per event of up to 1 KB', 'WCU', [units / EVENTS], 1),
  ];
  const isLinux = process.platform === 'linux';
  if (isLinux)
    figures.push(figureOf('import: memory at 10,000 events', 'peak MB', [peakMemoryMb('EmailEvents')], 300));
  // 10,000 events of 6 MB together.
  await caller.call('POST', '/v1/events/email/batch', bodyOf(10, 'x'.repeat(415)));
  if (isLinux)
    figures.push(figureOf('import: memory at a body of 6 MB', 'peak MB', [peakMemoryMb('EmailEvents')], 300));
  return figures;
};
