import { type Node, nodeOf } from '../schema/dependencies.ts';
import type { Table, Trigger } from '../schema/relation.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import { type LatePart, listOnTable } from './late-parts.ts';
import { chainOf, type Side, type Step } from './order.ts';

/** What is put on a table that is made once all is there that it needs, which may need that table itself. */
interface Addition extends LatePart {
  readonly of: Node;
}

/** Those that are made. */
type Tables = ReadonlyMap<Node, Table>;

/** Of each step's place what is added behind it: by then what the addition needs is there. */
export function placeAdditions(
  steps: readonly Step[],
  tables: Tables,
  lateParts: readonly Addition[],
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

function listAdditions(table: Table, tables: Tables): readonly LatePart[] {
  const of = { kind: 'table', name: table.name } as const;
  const enabling = new Map(
    table.triggers
      .filter((trigger) => isSilenced(trigger, table, tables))
      .map(({ name }) => [
        nodeOf('trigger', name, of),
        `ALTER TABLE ${quoteRelation(table.name)} ENABLE TRIGGER ${quoteIdent(name)};`,
      ]),
  );
  return listOnTable(table).map((part) => {
    const enable = enabling.get(part.node);
    return enable === undefined ? part : { ...part, sql: [...part.sql, enable] };
  });
}

/** A partition takes over whether the trigger of its table fires. */
function isSilenced({ name, enabled, inherited }: Trigger, { partition }: Table, tables: Tables): boolean {
  if (!inherited || enabled !== 'origin' || partition === null) return false;
  const above = tables.get(nodeOf('table', partition.of));
  return above?.triggers.some((one) => one.name === name && one.enabled !== 'origin') ?? false;
}
