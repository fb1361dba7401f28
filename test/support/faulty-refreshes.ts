import { ENV } from '#shared/deployment/names.ts';
import type { PlanMessage } from '#shared/jobs/messages.ts';
import type { RefreshMessage } from '#shared/refresh/messages.ts';
import { testStack } from './api.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { createTestQueue, startTestQueue, type TestQueue } from './test-queue.ts';

/** Copies of the deployed planner and of a refresh worker, with queues of their own, that call AWS through a {@link FaultProxy}. */
export interface FaultyRefreshes {
  readonly proxy: FaultProxy;
  readonly worker: TestQueue<RefreshMessage>;
  readonly planner: TestQueue<PlanMessage>;
  /** The number of messages in the dead-letter queues of both. */
  deadLetters(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * @param seed - of the proxy's random numbers
 * @param workMs - the worker's time for a batch. @default that of the deployed one
 */
export const startFaultyRefreshes = async (seed: number, workMs?: number): Promise<FaultyRefreshes> => {
  const proxy = await startFaultProxy(testStack().endpoint, seed);
  const workerQueue = await createTestQueue();
  const planner = await startTestQueue<PlanMessage>('refresh/planner', {
    AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
    AWS_ENDPOINT_URL_SQS: proxy.endpoint,
    [ENV.bulkQueueUrl]: workerQueue.url,
  });
  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
    [ENV.planQueueUrl]: planner.url,
    ...(workMs !== undefined && { [ENV.workMs]: String(workMs) }),
  };
  const worker = await startTestQueue<RefreshMessage>('refresh/worker bulk', environment, workerQueue);
  return {
    proxy,
    worker,
    planner,
    deadLetters: async () => (await worker.deadLetters()) + (await planner.deadLetters()),
    stop: async () => {
      await Promise.all([worker.stop(), planner.stop()]);
      await proxy.close();
    },
  };
};
