import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Gateway, startGateway } from '#test/support/clients/gateway.ts';
import { prepareClients } from '#test/support/clients/python.ts';
import { runSample } from '#test/support/clients/samples.ts';
import {
  JUNE_NODE,
  JUNE_PYTHON_SAMPLES,
  LEADVIBE_EMAILS,
  LEADVIBE_UPLOAD,
  PIPELINES_TRACK,
  TRACK_EVENTS,
} from '#test/support/clients/vendors-samples.ts';
import { aFolder } from '#test/support/commands.ts';

const itWithCurl = spawnSync('curl', ['--version']).status === 0 ? it : it.skip;

let gateway: Gateway;

beforeAll(prepareClients, 180_000);

beforeEach(async () => {
  gateway = await startGateway();
});

afterEach(() => gateway.close());

const origin = () => new URL(gateway.url).origin;

/** What was sent, without what depends on the machine. */
const sent = () =>
  gateway.exchanges.map(({ method, path, headers, body }) => ({
    call: `${method} ${path}`,
    type: headers['content-type'],
    authorization: headers.authorization,
    body: body.toString(),
  }));

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('a vendor’s sample, run with address and key replaced', () => {
  itWithCurl('sends a track of Pipelines', async () => {
    const { code } = await runSample(gateway, PIPELINES_TRACK, {
      'https://cdp.customer.io': gateway.url,
      'api_key: <your_api_key_here>': 'key:',
    });

    expect(code).toBe(0);
    expect(sent()).toMatchObject([
      { call: 'POST /v1/api/track', type: 'application/json', authorization: basic('key:') },
    ]);
    expect(JSON.parse(sent()[0]?.body ?? '')).toMatchObject({ userId: '5', timestamp: 1359389415 });
  });

  itWithCurl.each(Object.entries(TRACK_EVENTS))(
    'sends an event of the Track API, %s',
    async (how, sample) => {
      const { code } = await runSample(gateway, sample, {
        'https://track.customer.io': origin(),
        KEY: 'key',
      });

      expect(code).toBe(0);
      expect(sent()).toMatchObject([
        { call: 'POST /v1/customers/5/events', authorization: basic('site:key') },
      ]);
      if (how === 'as a form') {
        expect(sent()[0]).toMatchObject({
          type: 'application/x-www-form-urlencoded',
          body: 'name=purchased&data[price]=23.45&timestamp=1359389415',
        });
      }
    },
  );

  it.each([
    ['Node', JUNE_NODE, '<YOUR API KEY>'],
    ['Python', JUNE_PYTHON_SAMPLES, 'secret_api_key'],
  ] as const)('sends what June’s page does, in %s', async (_language, samples, placeholder) => {
    for (const sample of [samples.identify, samples.group, samples.track]) {
      const { code, output } = await runSample(gateway, sample, {
        'https://api.june.so': origin(),
        [placeholder]: 'key',
      });
      expect([code, output]).toEqual([0, '']);
    }

    const shared = { type: 'application/json', authorization: 'Basic key' };
    expect(sent()).toMatchObject([
      { call: 'POST /identify', ...shared },
      { call: 'POST /group', ...shared },
      { call: 'POST /track', ...shared },
    ]);
  });

  itWithCurl('uploads LeadVibe’s file', async () => {
    const folder = aFolder();
    await writeFile(join(folder.path, 'events.csv'), LEADVIBE_EMAILS);

    const { code } = await runSample(
      gateway,
      LEADVIBE_UPLOAD,
      { 'https://api.leadvibe.com': gateway.url, '<token>': 'key' },
      folder.path,
    );

    folder.remove();
    expect(code).toBe(0);
    expect(sent()).toMatchObject([
      {
        call: 'POST /import',
        type: expect.stringMatching(/^multipart\/form-data/),
        authorization: 'Bearer key',
        body: expect.stringContaining(LEADVIBE_EMAILS),
      },
    ]);
  });
});
