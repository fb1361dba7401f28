/** What happens to people, and the naive result: the messages folded one by one, with sets of identities. */
import { type HistoryEvent, KINDS } from '#shared/events/kinds.ts';
import { emailIdentity, type Identity, type Namespace } from '#shared/identities/identity.ts';

/** Values of identities by namespace, as an entry of contacts names them. */
export type Names = Readonly<Partial<Record<'userId' | 'email' | 'phone' | 'anonymousId', string>>>;

/** A message that identifies a person. */
export interface Identify {
  readonly kind: 'identify';
  readonly names: Names;
  /** ISO 8601; undefined for the moment of arrival. */
  readonly updatedAt?: string | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** An event by one of a person's identities. */
export interface Sent {
  readonly kind: 'event';
  readonly by: Identity;
  readonly event: HistoryEvent & { readonly eventId: string };
}

/** An explicit merge. */
export interface MergeOf {
  readonly kind: 'merge';
  readonly from: Identity;
  readonly into: Identity;
}

export type Happening = Identify | Sent | MergeOf;

/** Strongest first. Source: product specification, "Linking and merging". */
const STRENGTH = ['userId', 'email', 'phone', 'social', 'leadId', 'cioId', 'anonymousId'];

/** An identity as one text. */
export const nameOf = ({ namespace, value }: Identity): string => `${namespace} ${value}`;

const isOf = (namespace: Namespace) => (name: string) => name.startsWith(`${namespace} `);

/** An identity of an entry. */
interface Named {
  readonly name: string;
  readonly shown: string;
}

/** The names of an entry, strongest first, with the text that is shown. */
export const namesOf = (names: Names): Named[] =>
  Object.entries(names)
    .toSorted(([a], [b]) => STRENGTH.indexOf(a) - STRENGTH.indexOf(b))
    .map(([namespace, shown]) => ({
      name: nameOf(
        namespace === 'email' ? emailIdentity(shown) : { namespace: namespace as Namespace, value: shown },
      ),
      shown,
    }));

/** A value, and when it was said. */
interface Said {
  readonly field: string;
  readonly at: number;
  readonly text: string;
}

/** A person as a naive reader of the messages knows them. */
export interface Person {
  readonly names: Set<string>;
  readonly said: Said[];
}

/** The last value of each field: the latest, and of several at the same time the greatest text. */
export const lastOf = (said: readonly Said[]): Record<string, string> =>
  Object.fromEntries(
    said
      .toSorted((a, b) => a.at - b.at || (a.text < b.text ? -1 : 1))
      .map(({ field, text }) => [field, text]),
  );

/** What a person's attributes are; null is no value. */
export const attributesOf = ({ said }: Person): Record<string, string> =>
  Object.fromEntries(
    Object.entries(lastOf(said)).flatMap(([field, text]) =>
      field.startsWith('attribute ') && text !== 'null' ? [[field.slice('attribute '.length), text]] : [],
    ),
  );

/** Whether a message may make two people one, through a name of the second. */
const areOne = (a: Person, b: Person, strongest: string, through: string): boolean => {
  const [namesOfA, namesOfB] = [[...a.names], [...b.names]];
  if (namesOfA.some(isOf('userId')) && namesOfB.some(isOf('userId'))) return false;
  const haveBothEmails = namesOfA.some(isOf('email')) && namesOfB.some(isOf('email'));
  return !haveBothEmails || (isOf('userId')(strongest) && isOf('email')(through));
};

/** The fields that show a name. */
const shownBy = ({ name, shown }: Named, at: number): Said[] => {
  if (isOf('email')(name)) return [{ field: 'email', at, text: shown }];
  return isOf('userId')(name) ? [{ field: 'externalId', at, text: shown }] : [];
};

/** An entry without a time counts as said when its batch arrived, after those before it. */
const LATER = 0.01;

/**
 * Folds messages in their order.
 * @param batches - the messages that arrive together
 * @param arrival - the time of messages that have none, ms since 1970
 */
export const foldPeople = (batches: readonly (readonly Happening[])[], arrival: number): Person[] => {
  let people: Person[] = [];
  const ownerOf = (name: string): Person | undefined => people.find(({ names }) => names.has(name));
  const become = (into: Person, from: Person): void => {
    for (const name of from.names) into.names.add(name);
    into.said.push(...from.said);
    people = people.filter((person) => person !== from);
  };
  const ownerOrNew = (name: string): Person => {
    const person = ownerOf(name) ?? { names: new Set([name]), said: [] };
    if (!people.includes(person)) people.push(person);
    return person;
  };
  const identify = ({ names, updatedAt, attributes = {} }: Identify, nth: number): void => {
    const [strongest, ...others] = namesOf(names) as [Named, ...Named[]];
    const person = ownerOrNew(strongest.name);
    const linked = [strongest];
    for (const other of others) {
      const owner = ownerOf(other.name) ?? { names: new Set([other.name]), said: [] };
      if (owner !== person && !areOne(person, owner, strongest.name, other.name)) continue;
      linked.push(other);
      if (owner !== person) become(person, owner);
    }
    const at = updatedAt === undefined ? arrival + nth * LATER : Date.parse(updatedAt);
    for (const [name, value] of Object.entries(attributes)) {
      person.said.push({ field: `attribute ${name}`, at, text: JSON.stringify(value) });
    }
    person.said.push(...linked.flatMap((named) => shownBy(named, at)));
  };
  for (const batch of batches) {
    for (const [nth, happening] of batch.entries()) {
      if (happening.kind === 'identify') identify(happening, nth);
      if (happening.kind !== 'merge') continue;
      const [from, into] = [ownerOf(nameOf(happening.from)), ownerOf(nameOf(happening.into))];
      if (from !== undefined && into !== undefined && from !== into) become(into, from);
    }
  }
  return people;
};

/** The people of messages without conflicts, whatever their order: all names that messages connect are one person's. */
export const unitePeople = (happenings: readonly Happening[]): Person[] => {
  let people: Person[] = happenings
    .filter(({ kind }) => kind === 'identify')
    .flatMap((happening) => foldPeople([[happening]], 0));
  for (let before = -1; before !== people.length; ) {
    before = people.length;
    const united: Person[] = [];
    for (const person of people) {
      const known = united.find(({ names }) => !names.isDisjointFrom(person.names));
      if (known === undefined) united.push({ names: new Set(person.names), said: [...person.said] });
      else {
        for (const name of person.names) known.names.add(name);
        known.said.push(...person.said);
      }
    }
    people = united;
  }
  return people;
};

/** An event of a timeline, without what the service adds. */
export interface Happened extends Pick<HistoryEvent, 'kind' | 'type' | 'occurredAt'> {
  /** The identity that has sent it. */
  readonly name: string;
  /** The id of the event; of a profile event, its attributes. */
  readonly what: string;
}

const order = (a: Happened, b: Happened): number => {
  const [first, second] = [JSON.stringify(a), JSON.stringify(b)];
  return (
    a.occurredAt - b.occurredAt || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (first < second ? -1 : 1)
  );
};

/** Events in one order, each once. */
export const eachOnce = (events: readonly Happened[]): Happened[] =>
  [...new Map(events.map((event) => [JSON.stringify(event), event])).values()].toSorted(order);

/** A JSON object as one text, whatever the order of its keys. */
export const sorted = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** All events of a person: those of all identities, and what was said at a time of its own. */
export const timelineOf = ({ names }: Person, happenings: readonly Happening[]): Happened[] =>
  eachOnce(
    happenings.flatMap((happening): Happened[] => {
      if (happening.kind === 'event') {
        const { kind, type, occurredAt, eventId } = happening.event;
        return [{ name: nameOf(happening.by), kind, type, occurredAt, what: eventId }];
      }
      if (happening.kind !== 'identify') return [];
      const { names: named, updatedAt, attributes = {} } = happening;
      if (updatedAt === undefined || Object.keys(attributes).length === 0) return [];
      const name = namesOf(named)[0]?.name ?? '';
      return [
        {
          name,
          kind: 'profile',
          type: 'updated',
          occurredAt: Date.parse(updatedAt),
          what: sorted(attributes),
        },
      ];
    }),
  ).filter(({ name }) => names.has(name));
