import * as v from 'valibot';
import { ChunkRefSchema, PlanMessageSchema } from '#shared/jobs/messages.ts';
import { chunkMessage, RefreshMessageSchema } from '#shared/refresh/messages.ts';
import { ORG } from '#test/support/builders.ts';
import { someIds } from '#test/support/refresh-world.ts';

describe('the message of a chunk', () => {
  it('satisfies the schema of the worker', () => {
    const ref = { id: 'ref_1', page: 3, chunk: 7 };

    const message = chunkMessage(ORG, { ref, items: someIds(20) }, { consistent: true });

    expect(v.parse(RefreshMessageSchema, JSON.parse(JSON.stringify(message)))).toEqual({
      orgId: ORG,
      contactIds: someIds(20),
      reason: 'job',
      consistent: true,
      job: ref,
    });
  });
});

describe('a message', () => {
  const valid = { orgId: ORG, contactIds: ['c_1'], reason: 'live', consistent: false };

  it.each([
    ['no contacts', RefreshMessageSchema, { ...valid, contactIds: [] }],
    ['an unknown reason', RefreshMessageSchema, { ...valid, reason: 'whim' }],
    ['no organisation', RefreshMessageSchema, { ...valid, orgId: undefined }],
    ['a job without a chunk', RefreshMessageSchema, { ...valid, job: { id: 'ref_1', page: 0 } }],
    ['a negative page', ChunkRefSchema, { id: 'ref_1', page: -1, chunk: 0 }],
    ['no job to plan', PlanMessageSchema, { orgId: ORG }],
    ['nothing at all', PlanMessageSchema, null],
  ])('is rejected if it has %s', (_what, schema, message) => {
    expect(v.is(schema, message)).toBe(false);
  });
});
