import { deployBareRoute } from '../support/bare-route.ts';
import { deployedFunction, setEventLogged } from '../support/deployed-function.ts';
import { type Figure, figureOfPairs, spreadOf, takePairs } from '../support/figures.ts';
import { CALLERS, msOf, type Shot, underLoad, warmUp } from '../support/load.ts';
import { createMessageQueue } from '../support/message-queue.ts';
import { trackMessage, trackMessages } from '../support/messages.ts';
import { setCollector, type World } from '../support/world.ts';

const PEOPLE = 1_000;

const BATCH = 100;

/** The number of batches of a reading, one after the other. */
const BATCHES = 20;

const FLOOR_IS = 'a route whose function sends the body to a queue';

/** The median wall ms of requests that are sent one after the other. */
const medianMsOf = async (shot: Shot): Promise<number> => {
  const readings: number[] = [];
  for (let nth = 0; nth < BATCHES; nth++) readings.push(await msOf(shot));
  return spreadOf(readings).median;
};

/**
 * Measures how fast messages of vendors' clients are accepted, beside a route that does no more than send the body of a request to a
 * queue: deployed in the same way, on the same engine, with the same bodies. Both functions log their events, so that the engine does not
 * wait for the log; the messages are not collected meanwhile.
 */
export const measureAccept = async (world: World): Promise<Figure[]> => {
  const { apiKey } = await world.organisation('accept');
  const queue = createMessageQueue(world);
  const bareUrl = await deployBareRoute(world);
  const accept = await deployedFunction(world, 'clients/accept');
  await setEventLogged(world, accept, true);
  await setCollector(world, false);
  const shotOf = (url: string, body: object): Shot => ({
    url,
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`,
    },
    body: JSON.stringify(body),
    status: 200,
    contains: 'success',
  });
  const shotsOf = (path: string, body: object): readonly [Shot, Shot] => [
    shotOf(`${world.stack.apiUrl}${path}`, body),
    shotOf(bareUrl, body),
  ];
  try {
    const [track, bareTrack] = shotsOf('/v1/track', trackMessage(0, PEOPLE));
    const [batch, bareBatch] = shotsOf('/v1/batch', { batch: trackMessages(0, BATCH, PEOPLE) });
    for (const shot of [track, bareTrack]) await warmUp(shot);
    const rates = await takePairs(
      async () => (await underLoad(track)).perSecond,
      async () => (await underLoad(bareTrack)).perSecond,
      { rounds: 9 },
    );
    const times = await takePairs(
      () => medianMsOf(batch),
      () => medianMsOf(bareBatch),
      { rounds: 9 },
    );
    return [
      figureOfPairs(`accept: single track calls, ${CALLERS} clients`, 'calls/s', FLOOR_IS, rates, {
        atLeast: 0.7,
      }),
      figureOfPairs(`accept: a batch of ${BATCH} track messages`, 'wall ms', FLOOR_IS, times, 1.5),
    ];
  } finally {
    await setEventLogged(world, accept, false);
    await queue.purge();
    await setCollector(world, true);
  }
};
