import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';

/** A function's telemetry: structured log lines and CloudWatch metrics (EMF). */
export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Creates a function's telemetry. Powertools reads the namespace of the metrics from the environment.
 * @param serviceName - the `service` of the log lines: the function's name
 * @param metricsService - the `service` of the metrics. @default - `serviceName`
 */
export const createTelemetry = (serviceName: string, metricsService = serviceName): Telemetry => ({
  logger: new Logger({ serviceName }),
  metrics: new Metrics({ serviceName: metricsService }),
});

/**
 * Middleware that publishes the metrics of an invocation, whether or not it succeeded. It replaces Powertools' own
 * middleware, which logs a warning for every invocation without metrics.
 */
export const publishMetrics = ({ metrics }: Telemetry): MiddlewareObj => {
  const publish = (): void => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: publish, onError: publish };
};
