import * as v from 'valibot';
import {
  CONTACTS_PER_MESSAGE,
  jobMessages,
  PlanMessageSchema,
  RefreshMessageSchema,
} from '#shared/refresh/messages.ts';
import { ORG } from '#test/support/builders.ts';
import { someIds } from '#test/support/refresh-world.ts';

const messagesOf = (count: number, prefix = '') =>
  jobMessages(ORG, 'ref_1', someIds(count), { consistent: true, prefix });

describe('the messages of a job', () => {
  it.each([0, 1, CONTACTS_PER_MESSAGE, CONTACTS_PER_MESSAGE + 1, 1_000])(
    'have each of %i contacts once and in order, few in each',
    (count) => {
      const messages = messagesOf(count);

      expect(messages.flatMap(({ contactIds }) => contactIds)).toEqual(someIds(count));
      expect(messages).toHaveLength(Math.ceil(count / CONTACTS_PER_MESSAGE));
    },
  );

  it('have chunks that differ within a job, and are the same when they are made again', () => {
    const chunks = messagesOf(100, '3#c_1#').map(({ job }) => job?.chunk);

    expect(new Set(chunks).size).toBe(chunks.length);
    expect(messagesOf(100, '3#c_1#').map(({ job }) => job?.chunk)).toEqual(chunks);
    expect(messagesOf(100, '4#c_1#').map(({ job }) => job?.chunk)).not.toEqual(chunks);
  });

  it('are what a worker takes', () => {
    const [message] = messagesOf(1);

    expect(v.parse(RefreshMessageSchema, JSON.parse(JSON.stringify(message)))).toEqual({
      orgId: ORG,
      contactIds: someIds(1),
      reason: 'job',
      consistent: true,
      job: { id: 'ref_1', chunk: '0' },
    });
  });
});

describe('a message', () => {
  const sound = { orgId: ORG, contactIds: ['c_1'], reason: 'live', consistent: false };
  const plan = { orgId: ORG, jobId: 'ref_1', of: { kind: 'everyone' }, shard: 0 };

  it.each([
    ['no contacts', RefreshMessageSchema, { ...sound, contactIds: [] }],
    ['an unknown reason', RefreshMessageSchema, { ...sound, reason: 'whim' }],
    ['no organisation', RefreshMessageSchema, { ...sound, orgId: undefined }],
    ['a job without a chunk', RefreshMessageSchema, { ...sound, job: { id: 'ref_1' } }],
    ['members of no segment', PlanMessageSchema, { ...plan, of: { kind: 'members' } }],
    ['a negative shard', PlanMessageSchema, { ...plan, shard: -1 }],
    ['nothing at all', PlanMessageSchema, null],
  ])('is refused that has %s', (_what, schema, message) => {
    expect(v.is(schema, message)).toBe(false);
  });
});
