import type * as v from 'valibot';
import { SeriesSchema } from '../analytics/series.ts';
import { CompanyMemberSchema, CompanySchema } from '../companies/answer.ts';
import { ActivitySchema } from '../events/activity.ts';
import { IMPORTED_KINDS, type ImportedKind } from '../events/kinds.ts';
import { DetailedReceiptSchema, ReceiptSchema } from '../imports/receipt.ts';
import { ProfileSchema } from '../profiles/profile.ts';
import { ProgressSchema } from '../refresh/progress.ts';
import { EitherBodySchema, RefreshAnswerSchema } from '../refresh/request.ts';
import { ScoringSettingsSchema } from '../scoring/scoring-settings.ts';
import { MemberSchema, SegmentAnswerSchema } from '../segments/answer.ts';
import { ConditionSchema, EventRuleSchema } from '../segments/event-rule.ts';
import {
  AnyNodeSchema,
  AttributeRuleSchema,
  CompanyRuleSchema,
  LocationInterestRuleSchema,
  ScoreRuleSchema,
} from '../segments/rule.ts';
import { SegmentBodySchema } from '../segments/segment.ts';
import { DurationSchema } from '../time/duration.ts';
import {
  ContactImportAnswerSchema,
  ErrorSchema,
  EventImportAnswerSchema,
  OtherEntrySchema,
} from './answers.ts';
import { CONTACT_ENTRY_SCHEMA, ENTRY_SCHEMAS } from './entries.ts';

/** The name of the entries of a kind: `location-history` has `LocationHistoryEntry`. */
const entryName = (kind: ImportedKind): string => {
  const words = kind.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}Entry`;
};

/**
 * The schemas that the OpenAPI document lists by name, and to which the others refer: clients that are generated from it
 * get a type of that name.
 */
export const COMPONENTS: Readonly<Record<string, v.GenericSchema>> = {
  ContactEntry: CONTACT_ENTRY_SCHEMA,
  ...Object.fromEntries(IMPORTED_KINDS.map((kind) => [entryName(kind), ENTRY_SCHEMAS[kind]])),
  OtherEntry: OtherEntrySchema,
  ContactImport: ContactImportAnswerSchema,
  EventImport: EventImportAnswerSchema,
  ImportReceipt: ReceiptSchema,
  DetailedImportReceipt: DetailedReceiptSchema,
  Profile: ProfileSchema,
  Company: CompanySchema,
  CompanyMember: CompanyMemberSchema,
  Activity: ActivitySchema,
  RefreshRequest: EitherBodySchema,
  RefreshStarted: RefreshAnswerSchema,
  RefreshProgress: ProgressSchema,
  ScoringSettings: ScoringSettingsSchema,
  Segment: SegmentAnswerSchema,
  SegmentDefinition: SegmentBodySchema,
  SegmentRule: AnyNodeSchema,
  EventRule: EventRuleSchema,
  ScoreRule: ScoreRuleSchema,
  LocationInterestRule: LocationInterestRuleSchema,
  AttributeRule: AttributeRuleSchema,
  CompanyRule: CompanyRuleSchema,
  Condition: ConditionSchema,
  Duration: DurationSchema,
  SegmentMember: MemberSchema,
  Series: SeriesSchema,
  Error: ErrorSchema,
};
