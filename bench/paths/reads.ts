import { type Figure, figureOf, figureOfPairs, type Pair, takePairs, takeTurns } from '../support/figures.ts';
import { CALLERS, type Load, msOf, underLoad, warmUp } from '../support/load.ts';
import { meterRead } from '../support/metered-reads.ts';
import { IDENTITIES, type StagedContact, stageReads } from '../support/read-stage.ts';
import { createReads, type Read, type Reads } from '../support/reads.ts';
import type { World } from '../support/world.ts';

/** The number of loads of each kind. */
const LOADS = 3;

/** Events of the contact under load. Few, because the local engine reads a contact's whole history for any page. */
const HISTORY_UNDER_LOAD = 100;

/** Sequential requests that measure the cost of longer histories. */
const IN_SEQUENCE = 20;

/** The page size of the growth measurement: at most the length of the shortest history. */
const GROWTH_PAGE = 10;

/** The page size of all other timelines. */
const PAGE = 50;

const underLoads = async (read: Read): Promise<Figure[]> => {
  const { name, shot, refusal, bare, bareIs } = read;
  await warmUp(shot);
  const works = [shot, refusal, bare].map((each) => () => underLoad(each));
  const taken = await takeTurns(works, { rounds: LOADS, warmUps: 0 });
  const pairs = (nth: number, of: (load: Load) => number): Pair[] =>
    taken.map((loads) => ({ value: of(loads[0] as Load), floor: of(loads[nth] as Load) }));
  const path = `reads: ${name}, ${CALLERS} callers`;
  const refusalIs = 'gateway and function that read nothing';
  const p50 = ({ p50Ms }: Load): number => p50Ms;
  const p99 = ({ p99Ms }: Load): number => p99Ms;
  const rate = ({ perSecond }: Load): number => perSecond;
  return [
    figureOfPairs(path, 'p50 ms', refusalIs, pairs(1, p50)),
    figureOfPairs(path, 'p99 ms', refusalIs, pairs(1, p99)),
    figureOfPairs(path, 'requests/s', refusalIs, pairs(1, rate)),
    figureOfPairs(path, 'p50 ms', bareIs, pairs(2, p50)),
    figureOfPairs(path, 'requests/s', bareIs, pairs(2, rate)),
  ];
};

/** @param mostCalls - the goal for the number of calls, if there is one */
const chargedFor = async (world: World, { name, inProcess }: Read, mostCalls?: number): Promise<Figure[]> => {
  const { calls, readUnits } = await meterRead(world, inProcess);
  const path = `reads: ${name}`;
  return [figureOf(path, 'calls', [calls], mostCalls), figureOf(path, 'read units', [readUnits])];
};

/** The contact, its standing, the definitions. */
const PROFILE_CALLS = 3;

/** A look-up of the identity, and its history. */
const TIMELINE_CALLS = 2;

/** Then, if the contact has several identities, its standing and all their histories. */
const TIMELINE_CALLS_OF_SEVERAL = TIMELINE_CALLS + 1 + IDENTITIES;

/** What a contact of several identities costs beside one with as many events of a single identity. */
const ofIdentities = async (
  world: World,
  reads: Reads,
  single: StagedContact,
  several: StagedContact,
): Promise<Figure[]> => {
  const figures: Figure[] = [];
  for (const { read, calls } of [
    { read: (contact: StagedContact) => reads.profile(contact), calls: PROFILE_CALLS },
    { read: (contact: StagedContact) => reads.timeline(contact, PAGE), calls: TIMELINE_CALLS_OF_SEVERAL },
  ]) {
    const [ofSeveral, ofOne] = [read(several), read(single)];
    const pairs = await takePairs(
      () => msOf(ofSeveral.shot),
      () => msOf(ofOne.shot),
      { rounds: IN_SEQUENCE },
    );
    const path = `reads: ${ofSeveral.name}`;
    figures.push(...(await chargedFor(world, ofSeveral, calls)));
    figures.push(figureOfPairs(path, 'ms', 'of a contact of one identity', pairs));
  }
  return figures;
};

const growthOfProfile = async (
  reads: Reads,
  short: StagedContact,
  long: StagedContact,
): Promise<Figure[]> => {
  const [ofLong, ofShort] = [reads.profile(long), reads.profile(short)];
  const pairs = await takePairs(
    () => msOf(ofLong.shot),
    () => msOf(ofShort.shot),
    { rounds: IN_SEQUENCE },
  );
  return [figureOfPairs(`reads: growth, ${ofLong.name}`, 'ms', `of ${short.events} events`, pairs, 1.1)];
};

/** Growth in read units; the time is compared with that of the local engine. */
const growthOfTimeline = async (
  world: World,
  reads: Reads,
  short: StagedContact,
  long: StagedContact,
): Promise<Figure[]> => {
  const [ofLong, ofShort] = [reads.timeline(long, GROWTH_PAGE), reads.timeline(short, GROWTH_PAGE)];
  const path = `reads: growth, ${ofLong.name}`;
  const { readUnits: value } = await meterRead(world, ofLong.inProcess);
  const { readUnits: floor } = await meterRead(world, ofShort.inProcess);
  const pairs = await takePairs(
    () => msOf(ofLong.shot),
    () => msOf(ofLong.bare),
    { rounds: IN_SEQUENCE },
  );
  return [
    figureOfPairs(path, 'read units', `of ${short.events} events`, [{ value, floor }], 1.1),
    figureOfPairs(path, 'ms', ofLong.bareIs, pairs),
  ];
};

/**
 * Measures profiles, timelines and charts under load, their calls and read units, and their growth with identities and histories. Under load
 * there are two floors: the same route with a request that is rejected before reading, which takes only the local gateway and a
 * function; and a bare call of the engine. The first floor is mostly waiting, since the local gateway waits up to 50 ms for the logs
 * of a function that logs nothing. This hides part of the cost of a read in the ratio, but not in the difference.
 */
export const measureReads = async (world: World): Promise<Figure[]> => {
  const stage = await stageReads(world);
  const [short, ...longer] = stage.contacts as [StagedContact, ...StagedContact[]];
  const reads = createReads(world, stage);
  const contact = longer.find(({ events }) => events === HISTORY_UNDER_LOAD) as StagedContact;
  const figures: Figure[] = [];
  for (const { read, calls } of [
    { read: reads.profile(contact), calls: PROFILE_CALLS },
    { read: reads.timeline(contact, PAGE), calls: TIMELINE_CALLS },
    { read: reads.chart() },
  ]) {
    figures.push(...(await underLoads(read)), ...(await chargedFor(world, read, calls)));
  }
  figures.push(...(await ofIdentities(world, reads, contact, stage.linked)));
  for (const long of longer) figures.push(...(await growthOfProfile(reads, short, long)));
  for (const long of longer) figures.push(...(await growthOfTimeline(world, reads, short, long)));
  return figures;
};
