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
  | { readonly is: 'attribute'; readonly name: string; readonly condition: Condition };

/** A rule whose leaves are indexes into the list that all rules share. */
export type RuleNode =
  | { readonly is: 'leaf'; readonly leaf: number }
  | { readonly is: 'not'; readonly part: RuleNode }
  | { readonly is: 'all' | 'any'; readonly parts: readonly RuleNode[] };

/** Compiles rules one by one; equal leaves share one number. */
export interface RuleCompiler {
  readonly leaves: readonly Leaf[];
  compile(rule: SegmentRule): RuleNode;
}

/** A compiler with an empty list of leaves. */
export const createRuleCompiler = (): RuleCompiler => {
  const leaves: Leaf[] = [];
  const numbers = new Map<string, number>();

  const leafNode = (leaf: Leaf): RuleNode => {
    const key = JSON.stringify(leaf);
    let number = numbers.get(key);
    if (number === undefined) {
      number = leaves.push(leaf) - 1;
      numbers.set(key, number);
    }
    return { is: 'leaf', leaf: number };
  };

  // A value between two bounds is two leaves: each of them changes at most once, at a moment of its own.
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
    const { name, ...condition } = rule.attribute;
    return leafNode({ is: 'attribute', name, condition });
  };

  return { leaves, compile };
};
