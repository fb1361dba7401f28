import { type MethodDeploymentOptions, MethodLoggingLevel } from 'aws-cdk-lib/aws-apigateway';
import { OPERATIONS } from '#shared/contract/operations.ts';
import { MISROUTED } from '#shared/contract/paths.ts';
import type { StageSettings, Throttle } from '../stage-settings.ts';

/** The path of the resource that matches every other path. */
export const UNKNOWN_PATH = '{proxy+}';

/** The path of LeadVibe's upload. Source: LeadVibe documentation, "Import Events API". */
export const UPLOAD_PATH = 'import';

/**
 * The methods that `ANY` represents. Source: API Gateway Developer Guide, "Set up an HTTP method". AWS does not document
 * whether a setting for `ANY` itself has an effect; settings for each method have (github.com/DianaIonita/serverless-api-gateway-throttling).
 */
const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** The settings of one method of a route; they replace those of the stage. */
const optionsOf = ({ ratePerSecond, burst }: Throttle, metricsEnabled: boolean): MethodDeploymentOptions => ({
  throttlingRateLimit: ratePerSecond,
  throttlingBurstLimit: burst,
  loggingLevel: MethodLoggingLevel.ERROR,
  metricsEnabled,
});

/** The methods of vendors' clients, whose calls share the route of unknown paths. */
const CLIENT_METHODS: readonly string[] = ['POST', 'PUT', 'DELETE'];

/** The throttles of the routes without an authorizer, by `/{path}/{method}`; all others have the stage's throttle. */
export const throttlesWithoutKey = ({
  routeThrottles: { open, clients, unknown },
}: Pick<StageSettings, 'routeThrottles'>): Record<string, MethodDeploymentOptions> =>
  Object.fromEntries([
    ...OPERATIONS.filter(({ isPublic }) => isPublic).map(({ path, method }) => [
      `${path}/${method}`,
      optionsOf(open, true),
    ]),
    ...METHODS.map((method) => [
      `/${UNKNOWN_PATH}/${method}`,
      // Metrics of a method cost 0.30 each a month, as soon as a scanner has used it once.
      CLIENT_METHODS.includes(method) ? optionsOf(clients, true) : optionsOf(unknown, false),
    ]),
    [`/${UPLOAD_PATH}/POST`, optionsOf(open, true)],
    ...MISROUTED.map(({ path, method }) => [`${path}/${method}`, optionsOf(unknown, false)]),
  ]);
