import { newOrg } from '#test/support/api.ts';
import { newCompanies } from '#test/support/companies.ts';
import { allOf, createSegment, settled } from '#test/support/refreshes.ts';

const SARAH = { namespace: 'email', value: 'sarah@example.com' } as const;
const USER = { namespace: 'userId', value: 'u-1' } as const;

const company = (groupId: string): string => `/v1/companies/${encodeURIComponent(groupId)}`;

interface CompanyJson {
  readonly groupId: string;
  readonly traits: Readonly<Record<string, unknown>>;
}

interface MemberJson {
  readonly contactId: string;
  readonly email?: string;
}

describe('a company', () => {
  it('is returned as it was sent, by its percent-encoded id', async () => {
    const org = await newOrg();
    const groupId = 'Acme & söns #1 🏙';
    await newCompanies(org).change(groupId, {
      name: '"Acme"',
      employees: '12345678901234567890',
      ['__proto__']: '{"a":1.0}',
      gone: 'null',
    });

    const { status, text, body } = await org.get(company(groupId));

    expect(status).toBe(200);
    expect(body).toMatchObject({ groupId, createdAt: expect.any(String), updatedAt: expect.any(String) });
    expect(text).toContain(
      '"traits":{"__proto__":{"a":1.0},"employees":12345678901234567890,"name":"Acme"}}',
    );
  });

  it('keeps each trait by its time, in whatever order changes arrive', async () => {
    const org = await newOrg();
    const companies = newCompanies(org);

    await companies.change('acme', { plan: '"pro"', name: '"New"' }, 2_000);
    await companies.change('acme', { plan: '"free"', name: '"Old"', city: '"Bonn"' }, 1_000);
    await companies.change('acme', { plan: 'null' }, 3_000);

    const { body } = await org.get(company('acme'));
    expect(body.traits).toEqual({ name: 'New', city: 'Bonn' });
  });

  it('that many calls change at once has the changes of all', async () => {
    const org = await newOrg();
    const companies = newCompanies(org);

    await Promise.all(
      Array.from({ length: 10 }, (_, nth) => companies.change('acme', { [`trait ${nth}`]: String(nth) })),
    );

    const { body } = await org.get(company('acme'));
    expect(Object.keys(body.traits)).toHaveLength(10);
  });

  it.each(['nobody', '%00', 'x'.repeat(1_100), '%F0%9F'])(
    'that does not exist is not found: %s',
    async (id) => {
      const org = await newOrg();

      const answers = await Promise.all([
        org.get(`/v1/companies/${id}`),
        org.get(`/v1/companies/${id}/members`),
      ]);

      expect(answers.map(({ status }) => status)).toEqual([404, 404]);
      expect(answers[0]?.body.error).toMatchObject({ code: 'not_found', message: 'Company not found' });
    },
  );

  it('belongs to its organisation alone', async () => {
    const [mine, theirs] = await Promise.all([newOrg(), newOrg()]);
    await newCompanies(mine).join('acme', [SARAH], { of: '"mine"' });
    await newCompanies(theirs).join('acme', [USER], { of: '"theirs"' });
    await newCompanies(theirs).change('other', {});

    const [list, one, members] = await Promise.all([
      allOf<CompanyJson>(mine, '/v1/companies'),
      mine.get(company('acme')),
      allOf<MemberJson>(mine, '/v1/companies/acme/members'),
    ]);

    expect(list.map(({ groupId }) => groupId)).toEqual(['acme']);
    expect(one.body.traits).toEqual({ of: 'mine' });
    expect(members.map(({ email }) => email)).toEqual(['sarah@example.com']);
  });
});

describe('the list of companies', () => {
  it.each([1, 7, 200])('has each once, with a limit of %i', async (limit) => {
    const org = await newOrg();
    const companies = newCompanies(org);
    const ids = Array.from({ length: 20 }, (_, nth) => `company ${String(nth).padStart(2, '0')}`);
    for (const id of ids) await companies.change(id, { name: JSON.stringify(id) });

    const items = await allOf<CompanyJson>(org, `/v1/companies?limit=${limit}`);

    expect(items.map(({ groupId }) => groupId).toSorted()).toEqual(ids);
    expect(items.every(({ groupId, traits }) => traits['name'] === groupId)).toBe(true);
  });

  it('refuses cursors of other lists', async () => {
    const org = await newOrg();
    const cursor = Buffer.from('[16,null]').toString('base64url');

    const { status } = await org.get(`/v1/companies?cursor=${cursor}`);

    expect(status).toBe(400);
  });
});

describe('the members of a company', () => {
  it.each([1, 50])('are its contacts, each once, with a limit of %i', async (limit) => {
    const org = await newOrg();
    const companies = newCompanies(org);
    const others = Array.from({ length: 10 }, (_, nth) => ({
      namespace: 'userId' as const,
      value: `user ${nth}`,
    }));
    const ids = await companies.join('acme', [SARAH, ...others]);
    await companies.leave('acme', others[0] as (typeof others)[number]);

    const members = await allOf<MemberJson>(org, `/v1/companies/acme/members?limit=${limit}`);

    expect(members.map(({ contactId }) => contactId).toSorted()).toEqual(
      ids.filter((_, nth) => nth !== 1).toSorted(),
    );
    expect(members).toContainEqual({ contactId: ids[0], email: 'sarah@example.com' });
    expect(members).toContainEqual({ contactId: ids[2], externalId: 'user 1' });
  });

  it('are listed once after two of them have become one', async () => {
    const org = await newOrg();
    const companies = newCompanies(org);
    const [first] = await companies.join('acme', [SARAH, USER]);

    await org.post('/v1/contacts/merge', {
      from: { userId: USER.value },
      into: { email: SARAH.value },
    });

    expect(await allOf(org, '/v1/companies/acme/members')).toEqual([
      { contactId: first, email: SARAH.value, externalId: USER.value },
    ]);
  });

  it('are no longer listed if their contact left last by another of its identities', async () => {
    const org = await newOrg();
    const companies = newCompanies(org);
    await companies.join('acme', [SARAH]);
    await companies.leave('acme', USER);

    await org.post('/v1/contacts/merge', {
      from: { userId: USER.value },
      into: { email: SARAH.value },
    });

    expect(await allOf(org, '/v1/companies/acme/members')).toEqual([]);
  });
});

describe('a profile', () => {
  it('has the companies of the contact with their names, and its devices as an attribute', async () => {
    const org = await newOrg();
    const companies = newCompanies(org);
    await companies.join('acme', [SARAH], { name: '"Acme Inc."' });
    await companies.join('nameless', [SARAH], { name: '42' });
    await companies.join('left', [SARAH]);
    await companies.leave('left', SARAH);
    await companies.say(SARAH, { devices: new Map([['token', '{"os":"ios","n":1.0}']]) });

    const { body, text } = await org.get('/v1/contacts?email=sarah@example.com');
    const list = await org.get('/v1/contacts');

    expect(body.companies).toEqual([
      { groupId: 'acme', name: 'Acme Inc.' },
      { groupId: 'nameless', name: null },
    ]);
    expect(text).toContain('"attributes":{"devices":{"token":{"os":"ios","n":1.0}}}');
    expect(list.body.items[0].companies).toEqual(body.companies);
  });
});

describe('a segment by companies', () => {
  const JAMES = { namespace: 'email', value: 'james@example.com' } as const;

  it('has the members of companies that satisfy its rule', async () => {
    const org = await newOrg();
    const companies = newCompanies(org);
    const [sarah] = await companies.join('acme', [SARAH], { plan: '"pro"', employees: '50.0' });
    const [, james] = await companies.join('small', [SARAH, JAMES], { employees: '3' });
    await companies.say(USER, {});

    const membersOf = async (rule: object) => {
      const id = await createSegment(org, JSON.stringify(rule), rule);
      return (await allOf<MemberJson>(org, `/v1/segments/${id}/members`))
        .map(({ contactId }) => contactId)
        .toSorted();
    };

    expect(await membersOf({ company: { name: 'plan', equals: 'pro' } })).toEqual([sarah]);
    expect(await membersOf({ company: { name: 'employees', atMost: 10 } })).toEqual(
      [sarah, james].toSorted(),
    );
    expect(await membersOf({ company: { name: 'plan', exists: false } })).toEqual([sarah, james].toSorted());
    expect(await membersOf({ company: { name: 'employees', atLeast: 50, atMost: 50 } })).toEqual([sarah]);
  }, 60_000);

  it('is left and entered by the members of a company that changes', async () => {
    const org = await newOrg();
    const companies = newCompanies(org);
    const people = Array.from({ length: 45 }, (_, nth) => ({
      namespace: 'userId' as const,
      value: `user ${nth}`,
    }));
    const ids = await companies.join('acme', people, { plan: '"pro"' });
    const segmentId = await createSegment(org, 'Pro', { company: { name: 'plan', equals: 'pro' } });
    const members = () => allOf<MemberJson>(org, `/v1/segments/${segmentId}/members?limit=200`);
    const before = await members();

    const changed = await companies.change('acme', { plan: '"free"' });
    const [refreshId] = await companies.refresh(changed);
    const progress = await settled(org, refreshId ?? '');

    expect(before.map(({ contactId }) => contactId).toSorted()).toEqual(ids.toSorted());
    expect(progress).toMatchObject({ status: 'completed', total: 45, done: 45, failed: 0 });
    expect(await members()).toEqual([]);
  }, 60_000);
});
