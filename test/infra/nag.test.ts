import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { makeStack } from '#test/support/template.ts';

describe('cdk-nag', () => {
  it.each(['production', 'local'])(
    'finds nothing in the %s stage that is not acknowledged with a reason',
    (stage) => {
      const { app } = makeStack(stage);
      Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

      const synth = () => app.synth();

      expect(synth).not.toThrow();
    },
  );
});
