import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';

/** What every function emits: structured log lines and CloudWatch metrics (EMF). */
export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * A function's telemetry; the metrics' namespace is read by Powertools from the environment.
 * @param serviceName - the function's name: the `service` of its log lines
 * @param measuredAs - the `service` of its metrics, where that differs
 */
export const createTelemetry = (serviceName: string, measuredAs = serviceName): Telemetry => ({
  logger: new Logger({ serviceName }),
  metrics: new Metrics({ serviceName: measuredAs }),
});

/**
 * Publishes the metrics of an invocation, whether it succeeded or failed. Powertools' own middleware warns about every
 * invocation without metrics.
 */
export const publishMetrics = ({ metrics }: Telemetry): MiddlewareObj => {
  const publish = (): void => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: publish, onError: publish };
};
