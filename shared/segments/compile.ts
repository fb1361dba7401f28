import type { Bound } from '../scoring/crossing.ts';
import { locationKey } from '../scoring/location.ts';
import type { Condition } from './condition.ts';
import { type EventLeaf, eventLeaf } from './event-count.ts';
import type { SegmentRule } from './rule.ts';

/** A single condition on a contact. */
export type Leaf =
  | { readonly is: 'event'; readonly event: EventLeaf }
  | { readonly is: 'score'; readonly bound: Bound }
  | { readonly is: 'locationInterest'; readonly key: string; readonly bound: Bound }
  | { readonly is: 'attribute' | 'company'; readonly name: string; readonly condition: Condition };

/** A compiled rule, whose leaves are indexes into the list that all rules share. */
export type RuleNode =
  | { readonly is: 'leaf'; readonly leaf: number }
  | { readonly is: 'not'; readonly part: RuleNode }
  | { readonly is: 'all' | 'any'; readonly parts: readonly RuleNode[] };

/** Compiles rules; equal leaves of several rules share one index. */
export interface RuleCompiler {
  /** The leaves of all rules compiled so far. */
  readonly leaves: readonly Leaf[];
  compile(rule: SegmentRule): RuleNode;
}

/** Creates a compiler with an empty list of leaves. */
export const createRuleCompiler = (): RuleCompiler => {
  const leaves: Leaf[] = [];
  const indexes = new Map<string, number>();

  const leafNode = (leaf: Leaf): RuleNode => {
    const key = JSON.stringify(leaf);
    let index = indexes.get(key);
    if (index === undefined) {
      index = leaves.push(leaf) - 1;
      indexes.set(key, index);
    }
    return { is: 'leaf', leaf: index };
  };

  // A range becomes two leaves, each of which changes at most once.
  const bounded = (
    { atLeast, atMost }: { readonly atLeast?: number; readonly atMost?: number },
    toLeaf: (bound: Bound) => Leaf,
  ): RuleNode => ({
    is: 'all',
    parts: [
      ...(atLeast === undefined ? [] : [leafNode(toLeaf({ is: 'atLeast', limit: atLeast }))]),
      ...(atMost === undefined ? [] : [leafNode(toLeaf({ is: 'atMost', limit: atMost }))]),
    ],
  });

  const compile = (rule: SegmentRule): RuleNode => {
    if ('all' in rule) return { is: 'all', parts: rule.all.map(compile) };
    if ('any' in rule) return { is: 'any', parts: rule.any.map(compile) };
    if ('not' in rule) return { is: 'not', part: compile(rule.not) };
    if ('event' in rule) return leafNode({ is: 'event', event: eventLeaf(rule.event) });
    if ('score' in rule) return bounded(rule.score, (bound) => ({ is: 'score', bound }));
    if ('locationInterest' in rule) {
      const key = locationKey(rule.locationInterest.location);
      return bounded(rule.locationInterest, (bound) => ({ is: 'locationInterest', key, bound }));
    }
    const is = 'attribute' in rule ? 'attribute' : 'company';
    const { name, ...condition } = 'attribute' in rule ? rule.attribute : rule.company;
    return leafNode({ is, name, condition });
  };

  return { leaves, compile };
};
