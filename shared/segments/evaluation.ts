import { type HistoryEvent, KINDS, type Kind } from '../events/kinds.ts';
import { type Bound, crossingOf, satisfiesBound } from '../scoring/crossing.ts';
import { type DecayedSum, valueAt } from '../scoring/decay.ts';
import type { Scoring } from '../scoring/scoring-settings.ts';
import type { Scores } from '../scoring/tally.ts';
import { createRuleCompiler, type Leaf, type RuleNode } from './compile.ts';
import { satisfies } from './condition.ts';
import {
  beginCount,
  countEvent,
  countOutlook,
  type EventCount,
  type EventLeaf,
  isRelevant,
  satisfiesWhere,
} from './event-count.ts';
import { allOf, anyOf, notOf, type Outlook, steady } from './outlook.ts';
import type { SegmentRule } from './rule.ts';

/** The part of a segment that determines its members. */
export interface Segment {
  readonly id: string;
  readonly rule: SegmentRule;
}

/** The data of a contact that rules use in addition to its events. */
export interface ContactFacts extends Scores {
  /** Attribute values as JSON text, by name. */
  readonly attributes: ReadonlyMap<string, string>;
  /** The traits of each company that it belongs to, as JSON text, by name. @default - none */
  readonly companyTraits?: readonly ReadonlyMap<string, string>[] | undefined;
  /** The scoring that the scores were computed with. */
  readonly scoring: Scoring;
}

/** The result of evaluating all rules for one contact at one moment. */
export interface Membership {
  /** Ids of the segments that the contact is in. */
  readonly memberOf: ReadonlySet<string>;
  /**
   * The first whole millisecond after that moment at which time alone may change the membership; it may be too early,
   * but never too late. Undefined if time alone cannot change it.
   */
  readonly nextChange: number | undefined;
}

/** One pass over one contact's history. */
export interface SegmentPass {
  /**
   * Adds one event. Events must be added oldest first, as the event store returns them; those of the same millisecond
   * may be in any order. Duplicates count as separate events.
   * @throws RangeError if an event occurred before the previous one
   */
  add(event: HistoryEvent): void;
  /** Evaluates the rules after all events have been added. */
  end(facts: ContactFacts): Membership;
}

/** An organisation's segments, compiled once and evaluated for many contacts. */
export interface CompiledSegments {
  /**
   * Begins the evaluation of one contact.
   * @param now - the moment of the evaluation, whole ms since 1970
   */
  begin(now: number): SegmentPass;
  /** Whether a rule has a condition on an attribute. */
  readonly usesAttributes: boolean;
  /** The names of the traits of companies on which rules have conditions. */
  readonly companyTraits: readonly string[];
}

/** Indexes of the event leaves that an event of a kind and type may affect, without and with conditions on metadata. */
interface Route {
  readonly plain: readonly number[];
  readonly filtered: readonly number[];
}

interface Routes {
  readonly byType: ReadonlyMap<string, Route>;
  /** The route of types that no leaf names. */
  readonly others: Route;
}

const routeOf = (leaves: readonly EventLeaf[], kind: Kind, type: string | undefined): Route => {
  const matching = leaves.flatMap((leaf, at) =>
    leaf.kind === kind && (leaf.type === undefined || leaf.type === type) ? [at] : [],
  );
  const isFiltered = (at: number): boolean => (leaves[at] as EventLeaf).where.length > 0;
  return { plain: matching.filter((at) => !isFiltered(at)), filtered: matching.filter(isFiltered) };
};

const routesOf = (leaves: readonly EventLeaf[], kind: Kind): Routes => {
  const types = new Set(
    leaves.flatMap((leaf) => (leaf.kind === kind && leaf.type !== undefined ? [leaf.type] : [])),
  );
  return {
    byType: new Map(Array.from(types, (type) => [type, routeOf(leaves, kind, type)])),
    others: routeOf(leaves, kind, undefined),
  };
};

const boundOutlook = (sum: DecayedSum, halfLifeMs: number, bound: Bound, now: number): Outlook => ({
  holds: satisfiesBound(valueAt(sum, halfLifeMs, now), bound),
  changesAt: crossingOf(sum, halfLifeMs, bound, now) ?? Number.POSITIVE_INFINITY,
});

const nodeOutlook = (node: RuleNode, leaves: readonly Outlook[]): Outlook => {
  if (node.is === 'leaf') return leaves[node.leaf] as Outlook;
  if (node.is === 'not') return notOf(nodeOutlook(node.part, leaves));
  const parts = node.parts.map((part) => nodeOutlook(part, leaves));
  return node.is === 'all' ? allOf(parts) : anyOf(parts);
};

/** Whether the value of a name satisfies the condition of a leaf. */
const satisfiesNamed = (
  texts: ReadonlyMap<string, string>,
  { name, condition }: Leaf & { readonly is: 'attribute' | 'company' },
): boolean => {
  const json = texts.get(name);
  return satisfies(json === undefined ? undefined : JSON.parse(json), condition);
};

/** Creates a function that evaluates the leaves for one contact. */
const leafOutlooks = (
  counts: ReadonlyMap<EventLeaf, EventCount>,
  { engagement, interests, attributes, companyTraits = [], scoring }: ContactFacts,
  now: number,
): ((leaf: Leaf) => Outlook) => {
  const interestOf = new Map(interests.map((interest) => [interest.key, interest]));
  return (leaf) => {
    switch (leaf.is) {
      case 'event':
        return countOutlook(counts.get(leaf.event) as EventCount);
      case 'score':
        return boundOutlook(engagement, scoring.engagementHalfLifeMs, leaf.bound, now);
      case 'locationInterest': {
        const interest = interestOf.get(leaf.key) ?? { sum: 0, at: now };
        return boundOutlook(interest, scoring.locationInterestHalfLifeMs, leaf.bound, now);
      }
      case 'attribute':
        return steady(satisfiesNamed(attributes, leaf));
      case 'company':
        return steady(companyTraits.some((traits) => satisfiesNamed(traits, leaf)));
    }
  };
};

/**
 * Compiles an organisation's segments, so that one pass over a contact's history evaluates all of them. Leaves that
 * several rules share are counted once, an event visits only the leaves of its kind and type, and its metadata is
 * parsed at most once, and only if a leaf has conditions on it.
 */
export const compileSegments = (segments: readonly Segment[]): CompiledSegments => {
  const compiler = createRuleCompiler();
  const rules = segments.map(({ id, rule }) => ({ id, node: compiler.compile(rule) }));
  const eventLeaves = compiler.leaves.flatMap((leaf) => (leaf.is === 'event' ? [leaf.event] : []));
  const routes = Object.fromEntries(KINDS.map((kind) => [kind, routesOf(eventLeaves, kind)])) as Record<
    Kind,
    Routes
  >;

  return {
    usesAttributes: compiler.leaves.some(({ is }) => is === 'attribute'),
    companyTraits: [
      ...new Set(compiler.leaves.flatMap((leaf) => (leaf.is === 'company' ? [leaf.name] : []))),
    ],

    begin(now) {
      const counts = eventLeaves.map((leaf) => beginCount(leaf, now));
      let last = Number.NEGATIVE_INFINITY;

      const addFiltered = (filtered: readonly number[], { occurredAt, metadata }: HistoryEvent): void => {
        let parsed: unknown;
        let isParsed = metadata === undefined;
        for (const at of filtered) {
          const count = counts[at] as EventCount;
          if (!isRelevant(count, occurredAt)) continue;
          if (!isParsed) {
            parsed = JSON.parse(metadata as string);
            isParsed = true;
          }
          if (satisfiesWhere(count.leaf, parsed)) countEvent(count, occurredAt);
        }
      };

      return {
        add(event) {
          const { kind, type, occurredAt } = event;
          if (occurredAt < last) throw new RangeError('Events must be added oldest first');
          last = occurredAt;
          const { plain, filtered } = routes[kind].byType.get(type) ?? routes[kind].others;
          for (const at of plain) {
            const count = counts[at] as EventCount;
            if (isRelevant(count, occurredAt)) countEvent(count, occurredAt);
          }
          if (filtered.length > 0) addFiltered(filtered, event);
        },

        end(facts) {
          const countOf = new Map(counts.map((count) => [count.leaf, count]));
          const leaves = compiler.leaves.map(leafOutlooks(countOf, facts, now));
          const memberOf = new Set<string>();
          let nextChange = Number.POSITIVE_INFINITY;
          for (const { id, node } of rules) {
            const { holds, changesAt } = nodeOutlook(node, leaves);
            if (holds) memberOf.add(id);
            nextChange = Math.min(nextChange, changesAt);
          }
          return { memberOf, nextChange: nextChange === Number.POSITIVE_INFINITY ? undefined : nextChange };
        },
      };
    },
  };
};
