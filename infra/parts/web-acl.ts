import type { Stage } from 'aws-cdk-lib/aws-apigateway';
import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';

/** AWS WAF counts over 60, 120, 300 or 600 seconds. The shortest period blocks, and unblocks, soonest. */
const PERIOD_SECONDS = 60;

/**
 * The factor by which the limit is higher for requests with the header that vendors' clients send: one organisation's server may
 * send 1,000 calls a second (infra/stage-settings.ts), ten times the limit of all others.
 */
const CLIENT_FACTOR = 20;

/** Requests without the header `Authorization`, in which vendors' clients send the key. */
const OF_NO_CLIENT: CfnWebACL.StatementProperty = {
  notStatement: {
    statement: {
      sizeConstraintStatement: {
        fieldToMatch: { singleHeader: { Name: 'authorization' } },
        comparisonOperator: 'GE',
        size: 1,
        textTransformations: [{ priority: 0, type: 'NONE' }],
      },
    },
  },
};

/** Properties of {@link limitAddresses}. */
export interface AddressLimit {
  /** The stage of the API to protect. */
  readonly stage: Stage;
  /** The name of the metrics; it keeps the stages of one account apart. */
  readonly metricName: string;
  /** The limit of one IP address. */
  readonly requestsPerMinute: number;
}

/**
 * Blocks addresses that send too many requests, before API Gateway invokes an authorizer or counts a throttle. The response
 * is API Gateway's for filtered requests (gateway-errors.ts), since a response of the web ACL could not include the request's id.
 */
export const limitAddresses = (
  scope: Construct,
  { stage, metricName, requestsPerMinute }: AddressLimit,
): void => {
  // Sampled requests would show headers, which include API keys.
  const visibility = (name: string) => ({
    cloudWatchMetricsEnabled: true,
    sampledRequestsEnabled: false,
    metricName: name,
  });
  const ruleOf = (
    name: string,
    priority: number,
    limit: number,
    scopeDownStatement?: CfnWebACL.StatementProperty,
  ): CfnWebACL.RuleProperty => ({
    name,
    priority,
    action: { block: {} },
    statement: {
      rateBasedStatement: {
        aggregateKeyType: 'IP',
        limit,
        evaluationWindowSec: PERIOD_SECONDS,
        ...(scopeDownStatement && { scopeDownStatement }),
      },
    },
    visibilityConfig: visibility(`${metricName}-${name}`),
  });
  const acl = new CfnWebACL(scope, 'WebAcl', {
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    description: 'Limits the requests of one address',
    visibilityConfig: visibility(metricName),
    rules: [
      ruleOf('by-address', 0, requestsPerMinute, OF_NO_CLIENT),
      ruleOf('by-address-of-clients', 1, requestsPerMinute * CLIENT_FACTOR),
    ],
  });
  new CfnWebACLAssociation(scope, 'WebAclAssociation', {
    resourceArn: stage.stageArn,
    webAclArn: acl.attrArn,
  });
};
