import { type Change, toKebab } from '../schema/change.ts';
import { type Node, nodeOf } from '../schema/dependencies.ts';
import { type Kind, lists, type NameOf, type PartList, partLists, parts } from '../schema/kind.ts';
import type { Schema } from '../schema/schema.ts';
import { kindOf } from '../schema/word.ts';

type Altered = Extract<Change, { readonly before: unknown }>;
type Named = { readonly name: NameOf<Kind> } & Readonly<Record<string, unknown>>;
type Whole = { readonly kind: Kind; readonly name: NameOf<Kind> };

/** What is expected, with what nobody wants to hear of as it stands in the database: what has to be made again is made with that. */
export function leaveUntouched(expected: Schema, ignored: readonly Change[]): Schema {
  const altered = ignored.filter((change): change is Altered => 'before' in change);
  if (altered.length === 0) return expected;
  const byNode = new Map<Node, Altered[]>();
  for (const change of altered) {
    const node = nodeOf(kindOf(change), change.name, 'of' in change ? change.of : undefined);
    byNode.set(node, [...(byNode.get(node) ?? []), change]);
  }
  const entries = Object.entries(lists).map(([list, kind]) => {
    const values = expected[list as keyof typeof lists] as readonly Named[];
    return [list, values.map((value) => patch(value, kind, undefined, byNode))];
  });
  return { ...expected, ...Object.fromEntries(entries) };
}

const partsOf: { readonly [K in Kind]?: readonly PartList[] } = parts;

function patch(value: Named, kind: Kind, of: Whole | undefined, byNode: ReadonlyMap<Node, readonly Altered[]>): Named {
  const changes = byNode.get(nodeOf(kind, value.name, of as never)) ?? [];
  const properties = Object.entries(value).map(([property, one]) => {
    const change = changes.find((each) => each.kind === `${kind}-${toKebab(property)}`);
    if (change !== undefined) return [property, change.after];
    const list = partsOf[kind]?.find((each) => each === property);
    if (list === undefined) return [property, one];
    const whole = { kind, name: value.name };
    return [property, (one as readonly Named[]).map((part) => patch(part, partLists[list], whole, byNode))];
  });
  return Object.fromEntries(properties) as Named;
}
