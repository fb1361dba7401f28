import { CfnOutput, Duration, RemovalPolicy, Size, Validations } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  ApiKeySourceType,
  EndpointType,
  IdentitySource,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RequestAuthorizer,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { OPERATIONS } from '#shared/contract/operations.ts';
import { MISROUTED } from '#shared/contract/paths.ts';
import { ENV, OUTPUT } from '#shared/deployment/names.ts';
import { addCustomDomain } from '../parts/custom-domain.ts';
import { addGatewayErrors } from '../parts/gateway-errors.ts';
import { KeysRemoval } from '../parts/keys-removal.ts';
import { NodeFunction, QUIET } from '../parts/node-function.ts';
import { throttlesWithoutKey, UNKNOWN_PATH, UPLOAD_PATH } from '../parts/route-throttles.ts';
import { grantTable } from '../parts/table-grants.ts';
import { limitAddresses } from '../parts/web-acl.ts';
import type { StageSettings } from '../stage-settings.ts';

/** Properties of {@link Api}. */
export interface ApiProps {
  readonly settings: StageSettings;
  /** The table of keys and organisations. */
  readonly keys: ITableV2;
}

/** Makes every path match the documentation, /api/v1/…, with or without a custom domain. */
const STAGE_NAME = 'api';

/**
 * The longest time for which a revoked key remains valid. Source: product requirement, "ends within a minute". It is also the
 * time for which an unknown key is rejected without a look-up.
 */
const KEY_CACHE = Duration.seconds(60);

/**
 * The HTTPS API: authorizer, contract, throttle, error format and access log. The other stages add the functions that serve its
 * operations.
 */
export class Api extends Construct {
  readonly restApi: RestApi;
  readonly authorizerFunction: IFunction;
  readonly accessLog: ILogGroup;
  private readonly authorizer: RequestAuthorizer;
  private readonly settings: StageSettings;
  /** The ids of the operations that have a route. */
  private readonly served = new Set<string>();

  constructor(scope: Construct, id: string, { settings, keys }: ApiProps) {
    super(scope, id);
    this.settings = settings;

    const authorize = new NodeFunction(this, 'Authorize', {
      settings,
      ...QUIET,
      folder: 'authorize/api-key',
      environment: { [ENV.keysTable]: keys.tableName },
    });
    grantTable(keys, authorize, 'GetItem');
    this.authorizerFunction = authorize;
    this.authorizer = new RequestAuthorizer(this, 'Authorizer', {
      handler: authorize,
      identitySources: [IdentitySource.header('X-API-Key')],
      resultsCacheTtl: KEY_CACHE,
    });

    const accessLog = new LogGroup(this, 'AccessLog', { retention: settings.logRetention });
    this.accessLog = accessLog;
    this.restApi = new RestApi(this, 'RestApi', {
      restApiName: `pigeon-perch-backfill-${settings.name}`,
      description: 'Imports historical events with their original timestamps',
      endpointTypes: [EndpointType.REGIONAL],
      apiKeySourceType: ApiKeySourceType.AUTHORIZER,
      // RudderStack's client for Node sends gzip as a form. Every other type is passed as text: as base64, a body would take a
      // third more of what a function can receive.
      binaryMediaTypes: ['application/x-www-form-urlencoded'],
      // Batches compress tenfold; API Gateway decompresses bodies that are sent with content-encoding: gzip.
      minCompressionSize: Size.kibibytes(1),
      cloudWatchRole: true,
      // The account has one role with which all its APIs write logs. Deleting it with one stage would end the logs of the
      // others, so it stays even when a temporary stage goes.
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: STAGE_NAME,
        tracingEnabled: true,
        metricsEnabled: true,
        // Errors only, never request data: no log contains bodies or keys.
        loggingLevel: MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
        throttlingRateLimit: settings.routeThrottles.keyed.ratePerSecond,
        throttlingBurstLimit: settings.routeThrottles.keyed.burst,
        methodOptions: throttlesWithoutKey(settings),
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: AccessLogFormat.custom(
          JSON.stringify({
            requestId: AccessLogField.contextRequestId(),
            time: AccessLogField.contextRequestTime(),
            orgId: AccessLogField.contextAuthorizer('orgId'),
            keyId: AccessLogField.contextAuthorizer('keyId'),
            method: AccessLogField.contextHttpMethod(),
            route: AccessLogField.contextResourcePath(),
            status: AccessLogField.contextStatus(),
            error: AccessLogField.contextErrorResponseType(),
            requestBytes: '$context.requestLength',
            responseBytes: AccessLogField.contextResponseLength(),
            latencyMs: AccessLogField.contextResponseLatency(),
            integrationMs: AccessLogField.contextIntegrationLatency(),
          }),
        ),
      },
    });
    addGatewayErrors(this.restApi);
    // API Gateway creates this group itself when it is missing, and then keeps its logs forever. Source of the name: API
    // Gateway Developer Guide, "Set up CloudWatch logging for REST APIs".
    const executionLog = new LogGroup(this, 'ExecutionLog', {
      retention: settings.logRetention,
      logGroupName: `API-Gateway-Execution-Logs_${this.restApi.restApiId}/${STAGE_NAME}`,
    });
    this.restApi.deploymentStage.node.addDependency(executionLog);

    // Every organisation has one key in this plan, created with its first API key; see cli/keys.ts.
    const plan = this.restApi.addUsagePlan('PerOrganisation', {
      name: `pigeon-perch-backfill-${settings.name}`,
      description: 'The throttle of each organisation',
      throttle: { rateLimit: settings.throttle.ratePerSecond, burstLimit: settings.throttle.burst },
      apiStages: [{ api: this.restApi, stage: this.restApi.deploymentStage }],
    });
    if (!settings.keepData) new KeysRemoval(this, 'KeysRemoval', { settings, plan });

    this.node.addValidation({ validate: () => this.unserved() });
    this.serve(new NodeFunction(this, 'OpenApi', { settings, ...QUIET, folder: 'contract/openapi' }));

    this.acknowledgeFindings();
    if (settings.addressLimit === undefined) {
      Validations.of(this.restApi).acknowledge({
        id: 'AwsSolutions-APIG3',
        reason:
          'The local engine cannot attach a web ACL; other stages have one unless their settings omit it',
      });
    } else {
      limitAddresses(this, {
        stage: this.restApi.deploymentStage,
        metricName: `pigeon-perch-backfill-${settings.name}`,
        requestsPerMinute: settings.addressLimit,
      });
    }
    if (settings.domain !== undefined) addCustomDomain(this.restApi, STAGE_NAME, settings.domain);
    new CfnOutput(this, OUTPUT.apiUrl, { value: this.restApi.url });
    new CfnOutput(this, OUTPUT.usagePlanId, { value: plan.usagePlanId });
  }

  /** Acknowledges findings of cdk-nag that are intended. */
  private acknowledgeFindings(): void {
    Validations.of(this.restApi).acknowledge(
      {
        id: 'AwsSolutions-APIG2',
        reason: 'The functions validate requests, entry by entry, and give a reason for each rejected entry',
      },
      {
        id: 'AwsSolutions-APIG4',
        reason:
          'The contract needs no key, and the function of vendors’ clients checks keys itself; tests list the routes',
      },
      { id: 'AwsSolutions-COG4', reason: 'Callers are servers with API keys, not people with accounts' },
      {
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
        reason:
          'The policy that API Gateway documents for writing logs, in the one role of the account for it',
      },
    );
  }

  /**
   * Adds the routes of the operations that the function serves.
   * @throws Error if the contract lists none for the function's label
   */
  serve(fn: NodeFunction): void {
    const operations = OPERATIONS.filter(({ function: label }) => label === fn.label);
    if (operations.length === 0) throw new Error(`The contract has no operation that ${fn.label} serves`);
    const integration = new LambdaIntegration(fn, { allowTestInvoke: false });
    for (const { operationId, method, path, isPublic = false } of operations) {
      this.restApi.root.resourceForPath(path).addMethod(method, integration, {
        ...(!isPublic && { authorizer: this.authorizer, apiKeyRequired: this.settings.usagePlan }),
      });
      this.served.add(operationId);
    }
  }

  /** Has a function answer all requests that match no operation: those of vendors' clients, and mistakes. It checks keys itself. */
  serveOthers(fn: NodeFunction): void {
    const integration = new LambdaIntegration(fn, { allowTestInvoke: false });
    this.restApi.root.addResource(UNKNOWN_PATH).addMethod('ANY', integration);
    for (const { path, method } of MISROUTED) {
      this.restApi.root.resourceForPath(path).addMethod(method, integration);
    }
  }

  /** Has a function take LeadVibe's uploads: a route of its own, since it imports before it answers. It checks keys itself. */
  serveUpload(fn: NodeFunction): void {
    const integration = new LambdaIntegration(fn, { allowTestInvoke: false });
    this.restApi.root.addResource(UPLOAD_PATH).addMethod('POST', integration);
  }

  /** Errors for operations without a function, which would be documented and return 404. */
  private unserved(): string[] {
    return OPERATIONS.filter(({ operationId }) => !this.served.has(operationId)).map(
      ({ operationId, function: folder }) =>
        `No function serves ${operationId}; the contract names ${folder}`,
    );
  }
}
