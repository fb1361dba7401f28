import { newOrg, type TestOrg, testStack } from '#test/support/api.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { prepareClients } from './python.ts';

/** What a test of clients sends to, and as whom. */
export interface ClientsStage {
  readonly gateway: Gateway;
  readonly org: TestOrg;
}

/** Prepares the clients of a suite, and gives each of its tests a gateway and an organisation of its own. */
export const useClients = (): ClientsStage => {
  const stage: { gateway?: Gateway; org?: TestOrg } = {};
  beforeAll(prepareClients, 180_000);
  beforeEach(async () => {
    stage.gateway = await startGateway(testStack().apiUrl);
    stage.org = await newOrg();
  });
  afterEach(() => stage.gateway?.close());
  return stage as ClientsStage;
};
