import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { BackendStack } from '#infra/backend-stack.ts';
import { type StageSettings, stageSettings } from '#infra/stage-settings.ts';
import cdkJson from '../../cdk.json' with { type: 'json' };

/** The parts of a template's resource that tests use. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's properties have every shape
  readonly Properties: any;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The address of the alarms that every stage of the tests has; production is refused without one. */
const ALARMS = ['oncall@example.com'];

/** The app and the stack of a stage, with the context of cdk.json, without bundled functions. */
export const makeStack = (
  stage: string,
  given: Partial<StageSettings> = {},
): { readonly app: App; readonly stack: BackendStack } => {
  const app = new App({ context: { ...cdkJson.context, 'aws:cdk:bundling-stacks': [] } });
  const settings = stageSettings(stage, { alarmEmails: ALARMS, ...given });
  return { app, stack: new BackendStack(app, 'Backend', { settings }) };
};

/** The template of a stage. */
export const templateOf = (stage: string): Template => Template.fromStack(makeStack(stage).stack);

/** All resources of a type, by logical id. */
export const resourcesOf = (template: Template, type: string): Record<string, Resource> =>
  template.findResources(type) as Record<string, Resource>;

/** The API's methods as `METHOD /path`, with their properties. */
export const methodsOf = (template: Template): Map<string, Resource['Properties']> => {
  const resources = resourcesOf(template, 'AWS::ApiGateway::Resource');
  const pathOf = (ref: { Ref?: string }): string => {
    const resource = ref.Ref === undefined ? undefined : resources[ref.Ref];
    return resource === undefined
      ? ''
      : `${pathOf(resource.Properties.ParentId)}/${resource.Properties.PathPart}`;
  };
  return new Map(
    Object.values(resourcesOf(template, 'AWS::ApiGateway::Method')).map(({ Properties }) => [
      `${Properties.HttpMethod} ${pathOf(Properties.ResourceId)}`,
      Properties,
    ]),
  );
};
