import * as v from 'valibot';
import { TABLES } from '#shared/deployment/names.ts';
import { SettingsError, type StageSettings, stageSettings } from './stage-settings.ts';

/** The stage that `npx cdk deploy` deploys. */
const DEFAULT_STAGE = 'production';

const HOST_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const CERTIFICATE = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/;

const WHOLE_NUMBER = 'is not a whole number above zero';

const STREAM = /^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]{3,255}\/stream\/[\w:.-]+$/;

const RestoredTableSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[\w.-]{3,255}$/, 'is not the name of a table')),
});
/** The event table has consumers of its stream, which an import by name does not find. */
const RestoredEventsSchema = v.strictObject({
  ...RestoredTableSchema.entries,
  streamArn: v.pipe(v.string(), v.regex(STREAM, 'is not the ARN of a stream of a table')),
});

/**
 * What an operator may set for a stage: `context.stages.{name}` of cdk.json. It is kept there, and not given as `-c` options,
 * so that every deployment has it: a deployment without an option would remove what an earlier one with it has created.
 */
const GivenSettingsSchema = v.strictObject({
  // For a stage beside production whose data matters, or on which a restore is rehearsed.
  keepData: v.optional(v.literal(true)),
  accountConcurrency: v.optional(v.pipe(v.number(), v.integer(WHOLE_NUMBER), v.minValue(1, WHOLE_NUMBER))),
  alarmEmails: v.optional(v.array(v.pipe(v.string(), v.email('is not an email address')))),
  domain: v.optional(
    v.strictObject({
      name: v.pipe(v.string(), v.regex(HOST_NAME, 'is not a host name in lower case')),
      certificateArn: v.pipe(v.string(), v.regex(CERTIFICATE, 'is not the ARN of an ACM certificate')),
    }),
  ),
  restoredTables: v.optional(
    v.strictObject({
      ...v.entriesFromList(TABLES, v.optional(RestoredTableSchema)),
      Events: v.optional(RestoredEventsSchema),
    }),
  ),
});

const StagesSchema = v.record(v.string(), GivenSettingsSchema);

/** Names that belong into cdk.json, and are refused as `-c` options, with the settings to use. */
const NOT_OPTIONS = {
  alarmEmails: 'alarmEmails',
  domainName: 'domain.name',
  certificateArn: 'domain.certificateArn',
} as const;

/** The types of issues whose messages are written above. */
const OWN_MESSAGES: ReadonlySet<string> = new Set(['email', 'regex', 'integer', 'min_value']);

const describe = (issue: v.BaseIssue<unknown>): string => {
  const path = ['context', 'stages', ...(issue.path ?? []).map(({ key }) => String(key))].join('.');
  if (issue.type !== 'strict_object') {
    return `${path} ${OWN_MESSAGES.has(issue.type) ? issue.message : `must be ${issue.expected}`}`;
  }
  return issue.expected === 'never' ? `${path} is not a setting` : `${path} is missing`;
};

/**
 * Reads the settings of the stage to deploy from the app's context.
 *
 * @param context - returns a context value by its name; the context is cdk.json and `-c` options
 * @throws {@link SettingsError} if a setting of any stage is invalid, or an option is used whose place is cdk.json
 */
export const readSettings = (context: (name: string) => unknown): StageSettings => {
  const stage = String(context('stage') ?? DEFAULT_STAGE);
  for (const [option, setting] of Object.entries(NOT_OPTIONS)) {
    if (context(option) === undefined) continue;
    throw new SettingsError(
      `"-c ${option}" would hold for this deployment only: set context.stages.${stage}.${setting} in cdk.json instead`,
    );
  }
  const parsed = v.safeParse(StagesSchema, context('stages') ?? {});
  if (!parsed.success) throw new SettingsError(`cdk.json: ${parsed.issues.map(describe).join('; ')}`);
  return stageSettings(stage, parsed.output[stage]);
};
