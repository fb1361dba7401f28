import { importSample, SAMPLES } from '#local/seed.ts';
import { newOrg, testStack } from '#test/support/api.ts';

describe('the example of the documentation', () => {
  it('is imported whole, and its contacts can be read', async () => {
    const org = await newOrg();

    const answers = [];
    for (const sample of SAMPLES) answers.push(await importSample(testStack().apiUrl, org.apiKey, sample));
    const sarah = await org.get('/v1/contacts?email=Sarah@Example.com');

    expect(answers.map((answer) => answer)).toMatchObject([
      { imported: 2, skipped: 0 },
      { imported: 3, skipped: 0, errors: [] },
      { imported: 3, skipped: 0, errors: [] },
      { imported: 2, skipped: 0, errors: [] },
      { imported: 2, skipped: 0, errors: [] },
    ]);
    expect(sarah.body).toMatchObject({ email: 'sarah@example.com', attributes: { plan: 'pro' } });
  });
});
