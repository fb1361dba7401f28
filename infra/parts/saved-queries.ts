import { type ILogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** The log groups that the queries search. */
export interface SavedQueriesProps {
  /** The prefix of the queries' names; the console shows it as a folder. */
  readonly folder: string;
  /** The log groups of the import functions, with one line for each import. */
  readonly imports: readonly ILogGroup[];
  /** The log group of the API's access log. */
  readonly access: ILogGroup;
  /** The log groups of all functions. */
  readonly all: readonly ILogGroup[];
}

/** Saves Logs Insights queries with the stack. Log lines name the organisation, which metrics do not. */
export const saveQueries = (
  scope: Construct,
  { folder, imports, access, all }: SavedQueriesProps,
): readonly QueryDefinition[] => {
  const save = (
    id: string,
    name: string,
    logGroups: readonly ILogGroup[],
    queryString: QueryString,
  ): QueryDefinition =>
    new QueryDefinition(scope, id, {
      queryDefinitionName: `${folder}/${name}`,
      logGroups: [...logGroups],
      queryString,
    });
  const isImport = "message = 'Import'";
  // The operator replaces it in the console before running the query.
  const isOrganisation = "orgId = 'ORGANISATION'";
  return [
    save(
      'OrganisationImports',
      'Imports of one organisation',
      imports,
      new QueryString({
        fields: ['@timestamp', 'endpoint', 'importId', 'received', 'imported', 'skipped', 'ms', 'complete'],
        filterStatements: [isImport, isOrganisation],
        sort: '@timestamp desc',
        limit: 200,
      }),
    ),
    save(
      'OrganisationHours',
      'Imports of one organisation by hour',
      imports,
      new QueryString({
        filterStatements: [isImport, isOrganisation],
        statsStatements: [
          'count(*) as requests, sum(imported) as stored, sum(skipped) as notTaken, pct(ms, 95) as p95Ms by bin(1h), endpoint',
        ],
      }),
    ),
    save(
      'Organisations',
      'Imports by organisation',
      imports,
      new QueryString({
        filterStatements: [isImport],
        statsStatements: [
          'count(*) as requests, sum(imported) as stored, sum(skipped) as notTaken, sum(retries) as again, pct(ms, 95) as p95Ms by orgId',
        ],
        sort: 'stored desc',
        limit: 50,
      }),
    ),
    save(
      'OrganisationResponses',
      'Responses to one organisation',
      [access],
      new QueryString({
        filterStatements: [isOrganisation],
        statsStatements: ['count(*) as requests, pct(latencyMs, 95) as p95Ms by route, status'],
        sort: 'requests desc',
      }),
    ),
    save(
      'Errors',
      'Errors of the functions',
      all,
      new QueryString({
        fields: [
          '@timestamp',
          'service',
          'message',
          'errorName',
          'reason',
          'function_request_id',
          'record.status',
          'record.errorType',
        ],
        // Lambda reports a function that timed out, ran out of memory or could not start in a record without a level. Source:
        // Lambda Developer Guide, "Lambda Telemetry API Event schema reference".
        filterStatements: ["level = 'ERROR' or record.status in ['error', 'failure', 'timeout']"],
        sort: '@timestamp desc',
        limit: 100,
      }),
    ),
  ];
};
