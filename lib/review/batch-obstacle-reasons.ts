import { quoteIdent } from '../sql/quote.ts';
import type { BatchObstacle } from './advice-facts.ts';
import { childrenOf, type RelationRow, type Snapshot } from './snapshot.ts';
import type { readTriggerBody } from './trigger-body.ts';

type Keys = readonly (Snapshot['constraints'] extends ReadonlyMap<number, infer K> ? K : never)[];

/** Finds the tables whose rows a foreign key deletes or changes together with rows of this one. */
export function reachedFrom(table: RelationRow, rows: readonly RelationRow[], keys: Keys): readonly RelationRow[] {
  const family = familyOf(table, rows);
  const reached = new Set<number>();
  const all = new Set(family);
  for (const oid of all) {
    for (const { kind, relation, references, onDelete, onUpdate } of keys) {
      const acts = oid === table.oid || family.has(oid) ? /[cnd]/.test(onDelete) : /[cnd]/.test(onDelete + onUpdate);
      if (kind !== 'f' || references !== oid || !acts) continue;
      reached.add(relation);
      const row = rows.find((one) => one.oid === relation);
      for (const one of row === undefined ? [] : familyOf(row, rows)) all.add(one);
    }
  }
  return rows.filter(({ oid }) => reached.has(oid));
}

function familyOf(table: RelationRow, rows: readonly RelationRow[]): ReadonlySet<number> {
  const family = new Set([table]);
  for (const one of family) for (const child of childrenOf(one, rows)) family.add(child);
  return new Set(Array.from(family, ({ oid }) => oid));
}

export interface Trigger {
  readonly name: string;
  readonly row: boolean;
  readonly early: boolean;
  readonly events: string;
  readonly columns: readonly string[];
  readonly language: string;
  readonly body: string;
  readonly ours: boolean;
  readonly asks: boolean;
}

type Read = Trigger & { readonly effect: ReturnType<typeof readTriggerBody> };

export function wordTrigger(
  { name, row, early, events, columns, effect }: Read,
  table: string,
  isWritten: boolean,
): BatchObstacle[] {
  const told = `trigger ${name} on ${table}`;
  if (!row && isWritten) return [{ events, columns, why: `${told} fires once for a statement, and for each batch` }];
  if (effect === undefined) {
    // An UPDATE that takes a row to another partition deletes and inserts it.
    const meant = /\b(INSERT|DELETE)\b/.test(events) ? `${events} MOVE` : events;
    return [{ events: meant, columns, why: `${told} may read or change other rows` }];
  }
  const skips = early && row && /\bDELETE\b/.test(events) && !effect.keeps;
  return skips ? [{ events: 'DELETE', columns: [], why: `${told} may keep rows from being deleted` }] : [];
}

/** Finds the foreign keys that lead from rows of the table back to rows of the same table, directly or through others. */
export function wordKeys(table: RelationRow, { relations, constraints }: Snapshot): readonly BatchObstacle[] {
  const rows = [...relations.values()];
  const keys = [...constraints.values()].filter(({ kind }) => kind === 'f');
  const family = familyOf(table, rows);
  const reached = reachedFrom(table, rows, keys);
  const touched = new Set(reached.flatMap((one) => [...familyOf(one, rows)]));
  const nameOf = (oid: number) => relations.get(oid)?.name ?? '';
  const own = keys.filter(({ references, relation }) => family.has(references) && family.has(relation));
  const waits = keys.filter(({ references, relation }) => family.has(references) && touched.has(relation));
  const isRefusing = ({ onDelete }: (typeof keys)[number]) => /[ar]/.test(onDelete);
  const word = ({ name, relation }: (typeof keys)[number], what: string): BatchObstacle => {
    const told = `foreign key ${quoteIdent(name)} of ${nameOf(relation)}`;
    return { events: 'DELETE', columns: [], why: `${told} ${what}` };
  };
  const changes = own.filter((key) => !isRefusing(key));
  return [
    ...changes.map((key) => word(key, 'changes or deletes other rows of the same table')),
    ...own
      .filter(isRefusing)
      .map((key) => word(key, 'refuses a batch whose rows are referred to by rows of a later one')),
    ...(changes.length === 0 && reached.some(({ oid }) => family.has(oid))
      ? [
          {
            events: 'DELETE',
            columns: [],
            why: `foreign keys that change or delete rows of ${reached.map(({ name }) => name).join(', ')} lead back to ${table.name}`,
          },
        ]
      : []),
    ...waits
      .filter((key) => isRefusing(key) && !family.has(key.relation))
      .map((key) => word(key, 'refuses a batch whose rows are referred to by rows that go with a later one')),
    ...(reached.length === 0
      ? []
      : [
          {
            events: 'DELETE',
            columns: [],
            reads: [...touched].map(nameOf),
            why: `it reads what foreign keys change or delete with rows of ${table.name}`,
          },
        ]),
  ];
}
