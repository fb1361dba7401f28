import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from './names.ts';

/** What every function tells: structured log lines and CloudWatch metrics (EMF). */
export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * A function's telemetry.
 * @param serviceName - the function's own word: the `service` of its log lines and metrics
 */
export const createTelemetry = (serviceName: string): Telemetry => ({
  logger: new Logger({ serviceName }),
  metrics: new Metrics({ serviceName, namespace: METRIC_NAMESPACE }),
});
