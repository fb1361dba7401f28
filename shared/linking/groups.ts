import type { PersonMessage } from './message.ts';
import type { Directory } from './rules.ts';

/**
 * Groups messages that may be about the same contacts: those that name a common identity, or identities of one contact.
 * Groups have no contact in common, so each can be written on its own; within a group, messages keep their order.
 *
 * @returns the positions of the messages of each group
 */
export const groupsOf = (
  messages: readonly Pick<PersonMessage, 'identities'>[],
  directory: Directory,
): readonly (readonly number[])[] => {
  // A forest of ids, of identities and of contacts, whose roots name the groups.
  const parents = new Map<string, string>();
  const rootOf = (id: string): string => {
    let root = id;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    // Shortens the path, so that the next walk takes one step.
    for (let at = id; at !== root; ) {
      const parent = parents.get(at) as string;
      parents.set(at, root);
      at = parent;
    }
    return root;
  };
  const unite = (a: string, b: string): void => {
    const [first, second] = [rootOf(a), rootOf(b)];
    if (first !== second) parents.set(second, first);
  };
  for (const { identities } of messages) {
    const [{ id: strongest }] = identities;
    for (const { id } of identities) {
      unite(strongest, id);
      const owner = directory.ownerOf(id);
      if (owner !== undefined) unite(strongest, owner.contactId);
    }
  }
  const groups = new Map<string, number[]>();
  for (const [at, { identities }] of messages.entries()) {
    const root = rootOf(identities[0].id);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [at]);
    else group.push(at);
  }
  return [...groups.values()];
};
