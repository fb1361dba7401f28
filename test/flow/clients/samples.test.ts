import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newOrg, type TestOrg, testStack } from '#test/support/api.ts';
import { type Gateway, type Reply, startGateway } from '#test/support/clients/gateway.ts';
import { prepareClients } from '#test/support/clients/python.ts';
import { type Outcome, runSample, type Sample } from '#test/support/clients/samples.ts';
import { reasonsOf, timelineOf, untilCollected } from '#test/support/clients/stored.ts';
import {
  JUNE_NODE,
  JUNE_PYTHON_SAMPLES,
  LEADVIBE_EMAILS,
  LEADVIBE_LEADS,
  LEADVIBE_UPLOAD,
  LEADVIBE_WITHOUT_TRIGGERS,
  PIPELINES_TRACK,
  TRACK_EVENTS,
} from '#test/support/clients/vendors-samples.ts';
import { aFolder } from '#test/support/commands.ts';
import { allOf } from '#test/support/refreshes.ts';

/** The samples in shell use curl; a machine that lacks it cannot run them as they are. */
const describeWithCurl = spawnSync('curl', ['--version']).status === 0 ? describe : describe.skip;

/** The time of Customer.io's samples, in January 2013, and one within the last ten years. */
const SAMPLE_TIME = '1359389415';
const LATER = { seconds: '1700000000', instant: '2023-11-14T22:13:20.000Z' };

const KINDS = ['identify', 'group', 'track'] as const;

let gateway: Gateway;
let org: TestOrg;

beforeAll(prepareClients, 180_000);

beforeEach(async () => {
  gateway = await startGateway(testStack().apiUrl);
  org = await newOrg();
});

afterEach(() => gateway.close());

const replyOf = (reply: Reply | undefined) => ({
  status: reply?.status,
  body: JSON.parse(reply?.body.toString() ?? 'null'),
});

const lastReply = () => replyOf(gateway.exchanges.at(-1)?.reply);

describeWithCurl('Customer.io’s page for Pipelines', () => {
  const run = (more: Readonly<Record<string, string>> = {}) =>
    runSample(gateway, PIPELINES_TRACK, {
      'https://cdp.customer.io': gateway.url,
      'api_key: <your_api_key_here>': `${org.apiKey}:`,
      ...more,
    });

  it('is answered as it says, though its time is refused behind the door, as the receipt tells', async () => {
    const { code } = await run();
    const receipts = await untilCollected(org, 1);

    expect(code).toBe(0);
    expect(lastReply()).toMatchObject({ status: 200, body: { success: true } });
    expect(Object.entries(reasonsOf(receipts))).toEqual([[expect.stringContaining('10 years'), 1]]);
    expect((await org.get('/v1/contacts?userId=5')).status).toBe(404);
  }, 60_000);

  it('stores the event if its time is within ten years', async () => {
    await run({ [SAMPLE_TIME]: LATER.seconds });
    await untilCollected(org, 1);

    expect(await timelineOf(org, '5')).toEqual([
      expect.objectContaining({
        kind: 'track',
        type: 'purchased',
        occurredAt: LATER.instant,
        metadata: { price: 23.45 },
      }),
    ]);
  }, 60_000);
});

describeWithCurl.each(Object.entries(TRACK_EVENTS))(
  'Customer.io’s page for the Track API, %s',
  (how, sample) => {
    const run = (more: Readonly<Record<string, string>> = {}) =>
      runSample(gateway, sample, {
        'https://track.customer.io': new URL(gateway.url).origin,
        KEY: org.apiKey,
        ...more,
      });

    it('is answered as it says, though its time is refused behind the door, as the receipt tells', async () => {
      const { code, output } = await run();
      const receipts = await untilCollected(org, 1);

      expect(code).toBe(0);
      expect(output).toMatch(/HTTP\/1\.1 200/);
      expect(lastReply()).toEqual({ status: 200, body: {} });
      expect(Object.entries(reasonsOf(receipts))).toEqual([[expect.stringContaining('10 years'), 1]]);
    }, 60_000);

    it('stores the event if its time is within ten years', async () => {
      await run({ [SAMPLE_TIME]: LATER.seconds });
      await untilCollected(org, 1);

      const [event, ...others] = await timelineOf(org, '5');
      expect(others).toEqual([]);
      expect(event).toMatchObject({ kind: 'track', type: 'purchased', occurredAt: LATER.instant });
      // A form has no numbers.
      expect(event?.metadata).toMatchObject({ price: how === 'as a form' ? '23.45' : 23.45 });
    }, 60_000);
  },
);

describe.each([
  ['Node', JUNE_NODE, '<YOUR API KEY>'],
  ['Python', JUNE_PYTHON_SAMPLES, 'secret_api_key'],
] as const)('June’s page, in %s', (_language, samples, placeholder) => {
  const run = (sample: Sample): Promise<Outcome> =>
    runSample(gateway, sample, {
      'https://api.june.so': new URL(gateway.url).origin,
      [placeholder]: org.apiKey,
    });

  it('stores the user, the company and the event, and is answered as it says', async () => {
    for (const kind of KINDS) {
      expect(await run(samples[kind])).toMatchObject({ code: 0 });
      expect(lastReply()).toEqual({ status: 200, body: { status: 200, success: true } });
    }
    await untilCollected(org, KINDS.length);

    const { body } = await org.get('/v1/contacts?userId=1');
    expect(body).toMatchObject({
      email: 'elon@example.com',
      attributes: { name: 'Elon Musk', plan: 'pro', logins: 1 },
    });
    const tracked = (await timelineOf(org, '1')).filter(({ kind }) => kind === 'track');
    expect(tracked).toEqual([
      expect.objectContaining({
        type: samples === JUNE_NODE ? 'Dashboard Loaded' : 'Registered',
        occurredAt: '2021-02-24T01:19:38.931Z',
      }),
    ]);
    const company = await org.get('/v1/companies/A');
    expect(company.body.traits).toMatchObject({ name: 'SpaceX' });
  }, 60_000);
});

describeWithCurl('LeadVibe’s page', () => {
  let folder: ReturnType<typeof aFolder>;

  beforeEach(() => {
    folder = aFolder();
  });

  afterEach(() => folder.remove());

  const upload = async (sample: Sample, csv: string, token = org.apiKey): Promise<Outcome> => {
    await writeFile(join(folder.path, 'events.csv'), csv);
    return runSample(
      gateway,
      sample,
      { 'https://api.leadvibe.com': gateway.url, '<token>': token },
      folder.path,
    );
  };

  /** The timeline of the contact that a query names. */
  const activityOf = async (query: string) => {
    const { body } = await org.get(`/v1/contacts?${query}`);
    const items = await allOf<Record<string, unknown>>(org, `/v1/contacts/${body.contactId}/activity`);
    return items.map(({ kind, type, occurredAt, metadata }) => ({ kind, type, occurredAt, metadata }));
  };

  it.each([
    ['with triggers', LEADVIBE_UPLOAD],
    ['without triggers', LEADVIBE_WITHOUT_TRIGGERS],
  ])('imports events of leads, %s', async (_how, sample) => {
    const { code } = await upload(sample, LEADVIBE_LEADS);

    expect(code).toBe(0);
    expect(lastReply()).toMatchObject({ status: 202, body: { imported: 3, errors: 0 } });
    const metadata = expect.objectContaining({ source: 'import' });
    expect(await activityOf('leadId=ld_abc123')).toEqual([
      { kind: 'email', type: 'opened', occurredAt: '2025-06-16T14:00:00.000Z', metadata },
      { kind: 'web', type: 'page_view', occurredAt: '2025-06-15T10:30:00.000Z', metadata },
    ]);
    expect(await activityOf('leadId=ld_def456')).toEqual([
      { kind: 'track', type: 'demo_request', occurredAt: '2025-06-20T09:00:00.000Z', metadata },
    ]);
  });

  it('imports events by email address, and the same file again stores nothing twice', async () => {
    await upload(LEADVIBE_UPLOAD, LEADVIBE_EMAILS);
    await upload(LEADVIBE_UPLOAD, LEADVIBE_EMAILS);

    expect(lastReply()).toMatchObject({ status: 202, body: { imported: 2, errors: 0 } });
    const metadata = expect.objectContaining({ source: 'import' });
    expect(await activityOf('email=jane@acme.com')).toEqual([
      { kind: 'track', type: 'webinar_attend', occurredAt: '2025-07-01T11:00:00.000Z', metadata },
    ]);
    expect(await activityOf('email=bob@example.com')).toEqual([
      { kind: 'web', type: 'form_submit', occurredAt: '2025-07-02T15:30:00.000Z', metadata },
    ]);
  });

  it('says what is wrong: 400 for a file that is no such CSV, 401 for a token that is none', async () => {
    await upload(LEADVIBE_UPLOAD, 'a,b\n1,2\n');
    const badFile = lastReply();
    await upload(LEADVIBE_UPLOAD, LEADVIBE_EMAILS, 'wrong');
    const badToken = lastReply();

    expect(badFile.status).toBe(400);
    expect(badToken.status).toBe(401);
  });
});
