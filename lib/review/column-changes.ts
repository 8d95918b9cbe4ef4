import { type Change, type ColumnFacts, named } from './change.ts';
import type { CatalogComparison } from './comparison.ts';
import { knows, ofPlan } from './made-in-plan.ts';
import { type ColumnRow, type RelationRow, wholeOf } from './snapshot.ts';

export function compareColumns(comparison: CatalogComparison): readonly Change[] {
  return [...columnsNow(comparison), ...columnsGone(comparison)];
}

/** Finds columns that were added or changed, of tables and views that are older than the revision. */
function columnsNow(comparison: CatalogComparison): readonly Change[] {
  const { origin, before, after } = comparison;
  return [...after.columns].flatMap(([key, now]): readonly Change[] => {
    const table = tableOf(now, comparison);
    if (table === undefined) return [];
    const then = before.columns.get(key);
    if (then !== undefined) {
      return compareColumn(then, now, table).map(ofPlan(knows(origin).column(then, table.name)));
    }
    if (isView(table)) return [];
    return [{ kind: 'created', ...nameColumn(now, table), to: wordColumn(now), column: columnFacts(now) }];
  });
}

function columnsGone(comparison: CatalogComparison): readonly Change[] {
  const { base, origin, before, after, dropTargets } = comparison;
  return [...before.columns].flatMap(([key, then]): readonly Change[] => {
    const table = tableOf(then, comparison);
    if (table === undefined || isView(table) || after.columns.has(key) || !base.columns.has(key)) return [];
    const cascaded = dropTargets().column(then) ? {} : { cascaded: true as const };
    const dropped: Change = { kind: 'dropped', ...nameColumn(then, table), from: then.type, ...cascaded };
    return [ofPlan(knows(origin).column(then, table.name))(dropped)];
  });
}

/** The result is undefined for a table that the revision has created, and for one that is gone. */
function tableOf({ relation }: ColumnRow, { base, before, after }: CatalogComparison): RelationRow | undefined {
  return base.relations.has(relation) && after.relations.has(relation) ? before.relations.get(relation) : undefined;
}

function isView({ kind }: RelationRow): boolean {
  return kind === 'v' || kind === 'm';
}

function nameColumn({ name }: ColumnRow, table: RelationRow): Pick<Change, 'object' | 'type' | 'name' | 'relation'> {
  return { ...named({ type: 'column', name: { name, of: wholeOf(table) } }), relation: table.name };
}

function compareColumn(then: ColumnRow, now: ColumnRow, table: RelationRow): readonly Change[] {
  const column = columnFacts(now);
  const about = nameColumn(then, table);
  const change = (kind: Change['kind'], from: string, to: string): readonly Change[] =>
    from === to ? [] : [{ kind, ...about, from: from || undefined, to: to || undefined, column }];
  if (isView(table)) return change('renamed', then.name, now.name);
  return [
    ...change('renamed', then.name, now.name),
    ...change('type', then.type, now.type),
    ...(then.notNull === now.notNull
      ? []
      : [{ kind: now.notNull ? ('not-null' as const) : ('nullable' as const), ...about, column }]),
    ...change('default', wordDefault(then), wordDefault(now)),
    ...(then.settings === now.settings && then.privileges === now.privileges
      ? []
      : [{ kind: 'definition' as const, ...about, column }]),
  ];
}

function columnFacts(column: ColumnRow): ColumnFacts {
  const { name, type, notNull, domain } = column;
  const value = wordDefault(column);
  return {
    name,
    type,
    notNull,
    fills: value !== '',
    value: value || undefined,
    domain: domain === null ? undefined : true,
  };
}

function wordColumn(column: ColumnRow): string {
  const rest = wordDefault(column);
  return `${column.type}${column.notNull ? ' NOT NULL' : ''}${rest === '' ? '' : ` ${rest}`}`;
}

function wordDefault({ expression, identity, generated }: ColumnRow): string {
  if (identity !== '') return `GENERATED ${identity === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`;
  if (expression === null) return '';
  if (generated !== '') return `GENERATED ALWAYS AS (${expression})${generated === 's' ? ' STORED' : ''}`;
  return `DEFAULT ${expression}`;
}
