import { fromEventItem } from '#shared/events/event-item.ts';
import { contactIdOf, identityIdOf } from '#shared/identities/contact-id.ts';
import type { Identity } from '#shared/identities/identity.ts';
import { createEventImporter } from '#shared/imports/event-import.ts';
import { anEmailEntry, idsOf, ORG, SARAH, SARAH_ID } from '#test/support/builders.ts';
import { anEventBatch, aWorld, completed } from '#test/support/import-world.ts';

const GIVE_ONE = 'Give one of contactEmail, userId, anonymousId, phone';

describe('importing events by identities of all kinds', () => {
  const IDENTITIES: readonly Identity[] = [
    { namespace: 'email', value: SARAH },
    { namespace: 'userId', value: 'u-1' },
    { namespace: 'anonymousId', value: 'u-1' },
    { namespace: 'phone', value: '+12133734253' },
  ];
  const IDS = IDENTITIES.map((identity) => identityIdOf(ORG, identity));
  const SENT = [{}, { userId: ' u-1' }, { anonymousId: 'u-1' }, { phone: '+1 213-373-4253' }];
  const entryOf = (nth: number, overrides: object = {}) =>
    anEmailEntry({ ...(nth > 0 && { contactEmail: undefined }), ...SENT[nth], ...overrides });

  /** @param contacts - the contacts of the {@link IDENTITIES}; an identity without one does not exist */
  const aStageOf = (...contacts: readonly (string | undefined)[]) => {
    const world = aWorld();
    const find: typeof world.deps.contacts.find = async (_orgId, ids) => {
      const asked = await idsOf(ids);
      return new Map(
        IDS.flatMap((id, nth) => {
          const contactId = contacts[nth];
          return contactId !== undefined && asked.includes(id) ? [[id, { contactId, isOnly: false }]] : [];
        }),
      );
    };
    return { ...world, run: createEventImporter({ ...world.deps, contacts: { find } }) };
  };

  it('stores each in the history of the identity by which it was sent', async () => {
    const { run, stored } = aStageOf(SARAH_ID, SARAH_ID, SARAH_ID, SARAH_ID);

    const outcome = await run(anEventBatch(SENT.map((_, nth) => entryOf(nth))));

    expect(outcome).toMatchObject({ kind: 'completed', imported: 4, errors: [] });
    expect([...stored.values()].map((item) => fromEventItem(item).contactId)).toEqual(IDS);
  });

  it('writes the contacts of the identities to the receipt, each once', async () => {
    const OTHER = contactIdOf(ORG, 'james@example.com');
    const { run, receipts } = aStageOf(SARAH_ID, OTHER, SARAH_ID, OTHER);

    await run(anEventBatch([0, 1, 2, 3, 1].map((nth) => entryOf(nth))));

    expect(receipts).toMatchObject([{ touched: [SARAH_ID, OTHER] }]);
  });

  it('stores an event that is sent again by the same identity once, in any notation of its value', async () => {
    const { run, stored } = aStageOf(SARAH_ID, SARAH_ID, SARAH_ID, SARAH_ID);
    const entries = [
      entryOf(3),
      entryOf(3, { phone: '+12133734253' }),
      entryOf(1),
      entryOf(1, { userId: 'u-1' }),
    ];

    const outcome = await run(anEventBatch(entries));

    expect(outcome).toMatchObject({ imported: 4 });
    expect(stored.size).toBe(2);
  });

  it('reports unknown and invalid ones with the field by which they were sent', async () => {
    const { run, receipts } = aStageOf(SARAH_ID);
    const entries = [
      entryOf(1),
      entryOf(2),
      entryOf(3),
      entryOf(1, { userId: 7 }),
      entryOf(1, { phone: '+1' }),
      {},
    ];

    const { errors } = completed(await run(anEventBatch(entries)));

    expect(errors).toEqual([
      { index: 0, field: 'userId', identifier: ' u-1', reason: 'Contact not found' },
      { index: 1, field: 'anonymousId', identifier: 'u-1', reason: 'Contact not found' },
      { index: 2, field: 'phone', identifier: '+1 213-373-4253', reason: 'Contact not found' },
      { index: 3, field: 'userId', identifier: null, reason: 'userId must be a string of 1 to 256 bytes' },
      { index: 4, field: 'userId', identifier: ' u-1', reason: GIVE_ONE },
      { index: 5, field: 'contactEmail', identifier: null, reason: GIVE_ONE },
    ]);
    expect(receipts[0]?.outcome?.reasons).toMatchObject({ 'Contact not found': 3, [GIVE_ONE]: 2 });
  });
});
