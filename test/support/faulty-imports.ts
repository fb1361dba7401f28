import { type Answer, type TestOrg, testStack } from './api.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { copyFunction, deleteFunction, invokeAsPost } from './functions.ts';
import { CONTACT_IMPORT, EVENT_IMPORTS } from './imports.ts';

const [EMAIL] = EVENT_IMPORTS;

/** Copies of deployed import functions that call DynamoDB through a {@link FaultProxy}. */
export interface FaultyImports {
  readonly proxy: FaultProxy;
  importEvents(org: TestOrg, events: readonly unknown[]): Promise<Answer>;
  importContacts(org: TestOrg, contacts: readonly unknown[]): Promise<Answer>;
  /** Kills the function that imports events while it is working. */
  killImportEvents(): Promise<void>;
  stop(): Promise<void>;
}

/** @param seed - of the proxy's random numbers */
export const startFaultyImports = async (seed: number): Promise<FaultyImports> => {
  const proxy = await startFaultProxy(testStack().endpoint, seed);
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint };
  const events = await copyFunction('ingest/events email', environment);
  const contacts = await copyFunction('ingest/contacts', environment);
  const copies = new Set([events, contacts]);
  const end = async (name: string): Promise<void> => {
    if (copies.delete(name)) await deleteFunction(name);
  };
  return {
    proxy,
    importEvents: (org, entries) => invokeAsPost(events, org, EMAIL.path, { [EMAIL.field]: entries }),
    importContacts: (org, entries) =>
      invokeAsPost(contacts, org, CONTACT_IMPORT.path, { [CONTACT_IMPORT.field]: entries }),
    killImportEvents: () => end(events),
    stop: async () => {
      await proxy.close();
      for (const name of [...copies]) await end(name);
    },
  };
};
