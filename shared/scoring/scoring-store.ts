import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { textAttribute } from '../aws/attributes.ts';
import type { Item } from '../aws/dynamodb.ts';
import { createDefinitionStore } from '../definitions/definition-store.ts';
import { DEFAULT_SCORING, type ScoringSettings, ScoringSettingsSchema } from './scoring-settings.ts';

/** The sort key of an organisation's scoring in the definition table. */
export const SCORING_SK = 'scoring';

const ScoringItemSchema = v.pipe(
  v.object({
    settings: v.object({ S: v.pipe(v.string(), v.parseJson(), ScoringSettingsSchema) }),
    refreshId: v.optional(textAttribute),
  }),
  v.transform(({ settings, refreshId }): StoredScoring => ({ settings: settings.S, refreshId })),
);

/** An organisation's stored scoring. */
export interface StoredScoring {
  readonly settings: ScoringSettings;
  /** The refresh that recomputes all contacts with these settings; undefined if they are the initial defaults. */
  readonly refreshId: string | undefined;
}

/** Reads the item of an organisation's scoring; returns the defaults if there is no item. */
export const fromScoringItem = (item: Item | undefined): StoredScoring =>
  item === undefined ? { settings: DEFAULT_SCORING, refreshId: undefined } : v.parse(ScoringItemSchema, item);

/** The scoring settings of organisations, in the definition table. */
export interface ScoringStore {
  /** Reads an organisation's scoring. Strongly consistent. */
  get(orgId: string): Promise<StoredScoring>;
  /** Replaces an organisation's scoring. */
  put(orgId: string, scoring: StoredScoring): Promise<void>;
}

/** Creates the store of scoring settings. */
export const createScoringStore = (client: DynamoDBClient, table: string): ScoringStore => {
  const definitions = createDefinitionStore(client, table);
  return {
    get: async (orgId) => fromScoringItem(await definitions.get(orgId, SCORING_SK)),

    put: (orgId, { settings, refreshId }) =>
      definitions.put(orgId, SCORING_SK, {
        settings: { S: JSON.stringify(settings) },
        ...(refreshId !== undefined && { refreshId: { S: refreshId } }),
      }),
  };
};
