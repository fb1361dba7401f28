import {
  APIGatewayClient,
  DeleteApiKeyCommand,
  GetUsagePlanKeysCommand,
  NotFoundException,
} from '@aws-sdk/client-api-gateway';
import { createUsagePlanStore } from '#shared/keys/usage-plan-store.ts';

/** A plan whose keys API Gateway lists two at a time; deleting one of `gone` fails as it does for a deleted key. */
const planOf = (keys: readonly string[], gone: readonly string[] = []) => {
  const left = new Set(keys);
  const client = new APIGatewayClient({ region: 'us-east-1' });
  client.send = (async (command: unknown) => {
    if (command instanceof GetUsagePlanKeysCommand) {
      const from = Number(command.input.position ?? 0);
      const items = [...left].slice(from, from + 2).map((id) => ({ id }));
      return { items, ...(from + 2 < left.size && { position: String(from + 2) }) };
    }
    if (command instanceof DeleteApiKeyCommand) {
      const id = command.input.apiKey as string;
      if (gone.includes(id))
        throw new NotFoundException({ message: 'Invalid API Key identifier', $metadata: {} });
      left.delete(id);
      return {};
    }
    throw new Error('Unexpected command');
  }) as typeof client.send;
  return { store: createUsagePlanStore(client, 'plan1'), left };
};

describe('removing the keys of a usage plan', () => {
  it('deletes those of all pages', async () => {
    const { store, left } = planOf(['a', 'b', 'c', 'd', 'e']);

    const removed = await store.removeKeys();

    expect(removed).toBe(5);
    expect([...left]).toEqual([]);
  });

  it('continues after a key that is already deleted', async () => {
    const { store, left } = planOf(['a', 'b', 'c'], ['a']);

    await store.removeKeys();

    expect([...left]).toEqual(['a']);
  });

  it('does nothing in a plan without keys', async () => {
    expect(await planOf([]).store.removeKeys()).toBe(0);
  });
});
