import { caller, defineSegments, importSample, refreshAffected, SAMPLES } from '#local/seed.ts';
import { newOrg, testStack } from '#test/support/api.ts';

describe('the example of the documentation', () => {
  it('is imported completely, and results in scores, location interests and segments', async () => {
    const org = await newOrg();
    const call = caller(testStack().apiUrl, org.apiKey);

    const answers = [];
    for (const sample of SAMPLES) answers.push(await importSample(call, sample));
    const names = await defineSegments(call);
    await refreshAffected(call);
    const sarah = await org.get('/v1/contacts?email=Sarah@Example.com');
    const james = await org.get('/v1/contacts?email=james@example.com');

    expect(answers).toMatchObject([
      { imported: 2, skipped: 0 },
      { imported: 3, skipped: 0, errors: [] },
      { imported: 3, skipped: 0, errors: [] },
      { imported: 2, skipped: 0, errors: [] },
      { imported: 2, skipped: 0, errors: [] },
    ]);
    expect(sarah.body).toMatchObject({ email: 'sarah@example.com', attributes: { plan: 'pro' } });
    expect(sarah.body.engagementScore).toBeGreaterThan(0);
    expect(sarah.body.locationInterests.map(({ location }: { location: string }) => location)).toEqual([
      'Austin, TX',
      'Denver, CO',
    ]);
    const segmentsOf = (body: { segments: { name: string }[] }) =>
      body.segments.map(({ name }) => name).sort();
    expect(segmentsOf(sarah.body)).toEqual([names[1], names[0]].sort());
    expect(segmentsOf(james.body)).toEqual([names[2]]);
  });
});
