import { type Node, nodeOf } from '../schema/dependencies.ts';
import type { Kinds } from '../schema/kind.ts';
import type { Table, Trigger } from '../schema/relation.ts';
import { policyStatements, ruleStatements, triggerStatements } from '../schema/render/table.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import type { LatePart } from './late.ts';
import { chainOf, type Side, type Step } from './order.ts';

type Placed = Omit<LatePart, 'cut'>;

/** What is put on a table that is made once all is there that it needs, which may need that table itself. */
interface Addition extends Placed {
  readonly of: Node;
}

/** Those that are made. */
type Tables = ReadonlyMap<Node, Table>;

/** Of each step's place what is added behind it: by then what the addition needs is there. */
export function placeAdditions(
  steps: readonly Step[],
  tables: Tables,
  lateParts: readonly (Placed & { readonly of: Node })[],
  wanted: Side,
): ReadonlyMap<number, readonly string[]> {
  const makers = new Map<Node, number>();
  for (const [index, { node, action }] of steps.entries()) if (action === 'make') makers.set(node, index);
  const additions: readonly Addition[] = [
    ...lateParts,
    ...[...tables].flatMap(([node, table]) => listAdditions(table, tables).map((one) => ({ ...one, of: node }))),
  ];
  const known = new Map(additions.map((one) => [one.node, one]));
  const found = new Map<number, string[]>();
  const places = new Map<Node, number>();
  const place = ({ node, of, sql, isLast = false, behind = [] }: Addition): number => {
    const before = places.get(node);
    if (before !== undefined) return before;
    const own = makers.get(of) ?? 0;
    places.set(node, own);
    const needed = [...behind, ...(wanted.dependencies.get(node) ?? [])].map((other) => {
      const another = known.get(other);
      if (another !== undefined) return place(another);
      return Math.max(0, ...chainOf(other, wanted).map((one) => makers.get(one) ?? 0));
    });
    const last = isLast ? steps.length - 1 : Math.max(own, ...needed);
    places.set(node, last);
    found.set(last, [...(found.get(last) ?? []), ...sql]);
    return last;
  };
  for (const addition of additions) place(addition);
  return found;
}

function listAdditions(table: Table, tables: Tables): readonly Placed[] {
  const of = { kind: 'table', name: table.name } as const;
  const name = quoteRelation(table.name);
  const alter = `ALTER TABLE ${name}`;
  const add = <K extends 'trigger' | 'rule' | 'policy'>(
    kind: K,
    values: readonly Kinds[K][],
    write: (value: Kinds[K]) => readonly string[],
  ) => values.map((value) => ({ node: nodeOf(kind, value.name, of), sql: write(value) }));
  return [
    ...add('trigger', table.triggers, (trigger) => [
      ...triggerStatements(trigger, alter, name),
      ...(isSilenced(trigger, table, tables) ? [`${alter} ENABLE TRIGGER ${quoteIdent(trigger.name)};`] : []),
    ]),
    ...add('rule', table.rules, (rule) => ruleStatements(rule, alter, name)),
    ...add('policy', table.policies, (policy) => policyStatements(policy, name)),
  ];
}

/** A partition takes over whether the trigger of its table fires. */
function isSilenced({ name, enabled, inherited }: Trigger, { partition }: Table, tables: Tables): boolean {
  if (!inherited || enabled !== 'origin' || partition === null) return false;
  const above = tables.get(nodeOf('table', partition.of));
  return above?.triggers.some((one) => one.name === name && one.enabled !== 'origin') ?? false;
}
