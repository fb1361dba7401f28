import { MAX_ROWS } from '#functions/clients/leadvibe/handler.ts';
import { LIVE_MS } from '#functions/refresh/live-events/handler.ts';
import { stageSettings } from '#infra/stage-settings.ts';
import { MAX_MESSAGE_BYTES } from '#shared/clients/accepted.ts';
import { MAX_ATTRIBUTES } from '#shared/clients/attributes.ts';
import { readHeader } from '#shared/clients/leadvibe/row.ts';
import { callOf, clientMethodOf, SEGMENT_CALLS } from '#shared/clients/routes.ts';
import { EMAIL_EVENTS } from '#shared/clients/segment/email-events.ts';
import { MAX_BATCH } from '#shared/clients/segment/request.ts';
import { methodsOf } from '#shared/contract/paths.ts';
import { EVENT_KINDS } from '#shared/events/kinds.ts';
import { MAX_AGE_YEARS } from '#shared/events/occurred-at.ts';
import { MAX_BODY_BYTES } from '#shared/http/json-body.ts';
import { MAX_LISTED } from '#shared/imports/receipt.ts';
import { MAX_LEAD_MS } from '#shared/time/instant.ts';
import { NOW } from '#test/support/builders.ts';
import { CLIENTS } from '#test/support/clients/clients.ts';
import { MOVING_FROM, rowsOf, SECTIONS } from '#test/support/moving-from.ts';

/** The code in a text, without its marks. */
const codesOf = (text: string): string[] =>
  [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string);

/** Every request that the document names, with each call that `{call}` stands for. */
const REQUESTS = codesOf(MOVING_FROM).flatMap((code): [string, string][] => {
  const [, method, path] = /^(GET|POST|PUT|DELETE) (\/[^\s?]*)/.exec(code) ?? [];
  if (method === undefined || path === undefined) return [];
  const calls = SEGMENT_CALLS.filter((call) => call !== 'import');
  return path.includes('{call}')
    ? calls.map((call) => [method, path.replace('{call}', call)])
    : [[method, path]];
});

const ORG_SETTINGS = stageSettings('production', { alarmEmails: ['ops@example.com'] });

const count = (value: number): string => value.toLocaleString('en');

describe('docs/moving-from.md', () => {
  it.each(REQUESTS)('names a request that the service takes: %s %s', (method, path) => {
    const isUpload = method === 'POST' && path === '/import' && clientMethodOf(path) === method;

    const isTaken =
      callOf(method, path) !== undefined || methodsOf(path)?.includes(method) === true || isUpload;

    expect(isTaken).toBe(true);
  });

  it('names paths of Customer.io’s that the service does not have', () => {
    const [row] = rowsOf('What is not taken').filter(([, answer]) => answer === '404');

    const paths = codesOf(row?.[0] ?? '');

    expect(paths.length).toBeGreaterThan(3);
    expect(paths.filter((path) => callOf('POST', path) ?? clientMethodOf(path) ?? methodsOf(path))).toEqual(
      [],
    );
  });

  it('names exactly the clients, at the versions, that tests run', () => {
    const versioned = /^@?[\w./-]+ \d+\.\d+\.\d+$/;

    const named = new Set(codesOf(MOVING_FROM).filter((code) => versioned.test(code)));

    const run = new Set(CLIENTS.map(({ name }) => name.replace(/ \(.*\)$/, '')));
    expect([...named].sort()).toEqual([...run].sort());
  });

  it('tells which clients do not send again, and which do so after 401', () => {
    const answers = SECTIONS.get('Answers') ?? '';
    const packages = (isOne: (client: (typeof CLIENTS)[number]) => boolean) =>
      CLIENTS.filter(isOne).map(({ name }) => name.replace(/ \(.*\)$/, ''));

    const [never = '', again = ''] = /^`customerio-node.*$/m.exec(answers)?.[0].split('. `') ?? [];

    expect(codesOf(never)).toEqual(packages(({ retries }) => !retries));
    expect(codesOf(`\`${again}`)).toEqual(packages(({ attemptsAt401 }) => attemptsAt401 === 4));
  });

  it.each<[string, string]>([
    ['Limits', `| ${count(ORG_SETTINGS.liveRatePerSecond)} requests a second`],
    ['Limits', `| ${count(MAX_BATCH)} messages`],
    ['Segment', `more than ${count(MAX_BATCH)} messages`],
    ['Limits', `| ${MAX_MESSAGE_BYTES / 1024} KB of JSON`],
    ['Limits', `| ${MAX_BODY_BYTES / 1024 ** 2} MB |`],
    ['Limits', `| ${EVENT_KINDS.track.types.maxCharacters} characters; Customer.io`],
    ['Limits', `| ${MAX_ATTRIBUTES}, with names`],
    ['LeadVibe', `at most ${MAX_BODY_BYTES / 1024 ** 2} MB instead of 10`],
    ['LeadVibe', `at most ${count(MAX_ROWS)} rows`],
    ['LeadVibe', `${ORG_SETTINGS.throttle.ratePerSecond} files a second`],
    ['Times', `more than ${MAX_LEAD_MS / 60_000} minutes in the future`],
    ['Times', `more than ${MAX_AGE_YEARS} years in the past`],
    ['Refused messages', `the first ${MAX_LISTED};`],
    ['After a backfill', LIVE_MS === 3_600_000 ? 'Events of the last hour' : 'another time'],
  ])('has the number of the code, in %s: %s', (section, text) => {
    expect(SECTIONS.get(section)).toContain(text);
  });

  it('lists the names of email events', () => {
    const rows = rowsOf('What a message becomes').filter(([name = '']) =>
      EMAIL_EVENTS.has(codesOf(name)[0] ?? ''),
    );

    const listed = rows.map((cells) => cells.flatMap(codesOf));

    expect(listed).toEqual([...EMAIL_EVENTS]);
  });

  it('says what LeadVibe’s types of events become', () => {
    const header = readHeader(['email', 'event_type'], NOW);
    const translated = (type: string) => {
      const row = header.kind === 'translator' ? header.translate(['ada@example.com', type]) : undefined;
      return row?.kind === 'message' ? row.message.event : undefined;
    };
    const rows = rowsOf('LeadVibe').filter(([, becomes]) => /^(?:web|email) `/.test(becomes ?? ''));

    const said = rows.flatMap(([types = '', becomes = '']) => {
      const names = codesOf(becomes);
      const kind = becomes.split(' ')[0];
      return codesOf(types).map((type, nth) => [type, { kind, type: names[nth] ?? names[0] }] as const);
    });

    expect(said).toHaveLength(15);
    for (const [type, event] of said) expect(translated(type)).toMatchObject(event);
    expect(translated('anything')).toMatchObject({ kind: 'track', type: 'anything' });
  });

  it('links to headings of its own that exist', () => {
    const anchors = [...SECTIONS.keys()].map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );

    const links = [...MOVING_FROM.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);

    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((anchor) => !anchors.includes(anchor as string))).toEqual([]);
  });
});
