import type { DynamoDBRecord } from 'aws-lambda';
import { type CountEventsDeps, createCountEvents } from '#functions/analytics/count/handler.ts';
import { NEVER_REBUILT } from '#shared/analytics/generations.ts';
import type { Commit } from '#shared/analytics/rollup-store.ts';
import type { StreamDeadLetter } from '#shared/aws/set-aside.ts';
import { toEventItem } from '#shared/events/event-item.ts';
import { aBudget, anEvent, ORG, SARAH_ID } from '#test/support/builders.ts';
import { aQueue } from '#test/support/refresh-world.ts';

let made = 0;

/** A stream record of an event, unless overridden. */
export const aRecord = (
  overrides: Partial<DynamoDBRecord> = {},
  event = anEvent(),
  second = 1_770_000_000,
) => {
  made += 1;
  return {
    eventID: `record ${made}`,
    eventName: 'INSERT',
    dynamodb: {
      ApproximateCreationDateTime: second,
      SequenceNumber: String(made),
      NewImage: toEventItem(ORG, SARAH_ID, event),
    },
    ...overrides,
  } as DynamoDBRecord;
};

/** A consumer whose commits do what a test says. */
export const aConsumer = (overrides: Partial<CountEventsDeps> = {}) => {
  const { sent: letters, queue: deadLetters } = aQueue<StreamDeadLetter>();
  const budget = aBudget(5_000);
  const reports: unknown[] = [];
  const count = createCountEvents({
    rollups: { countState: async (_orgId, _shard, marks) => ({ generations: NEVER_REBUILT, marks }), commit },
    generations: { change: async () => NEVER_REBUILT },
    counted: { counted: async () => new Map() },
    samples: { offer: async () => {} },
    deadLetters,
    onCounted: (report) => reports.push(report),
    budget: () => budget,
    ...overrides,
  });
  return { run: (...Records: DynamoDBRecord[]) => count({ Records }), letters, budget, reports };
};

/** A commit that succeeds. */
export const commit = async () => 'committed' as const;

/** Commits that do what a test says for each transaction, and the ids of the records that are committed. */
export const commitsOf = (decide: (commit: Commit) => void) => {
  const committed = new Set<string>();
  const rollups: CountEventsDeps['rollups'] = {
    countState: async (_orgId, _shard, marks) => ({ generations: NEVER_REBUILT, marks }),
    commit: async (input) => {
      decide(input);
      for (const { add } of input.marks.values()) for (const id of add) committed.add(id);
      return 'committed';
    },
  };
  return { committed, rollups };
};

/** The ids that a commit adds to its marks. */
export const idsOf = ({ marks }: Commit): string[] => [...marks.values()].flatMap(({ add }) => [...add]);
