import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';

/** What every function tells: structured log lines and CloudWatch metrics (EMF). */
export interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * A function's telemetry; the stack tells Powertools the metrics' namespace.
 * @param serviceName - the function's own word: the `service` of its log lines
 * @param measuredAs - the `service` of its metrics, where that differs
 */
export const createTelemetry = (serviceName: string, measuredAs = serviceName): Telemetry => ({
  logger: new Logger({ serviceName }),
  metrics: new Metrics({ serviceName: measuredAs }),
});

/** Writes the metrics of a call, however it ended. Powertools' own middleware warns of every call that has none. */
export const publishMetrics = ({ metrics }: Telemetry): MiddlewareObj => {
  const publish = (): void => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: publish, onError: publish };
};
