import { quoteIdent } from '../sql/quote.ts';
import type { Change, ColumnFacts } from './change.ts';
import type { CatalogComparison } from './comparison.ts';
import { knows, ofPlan } from './made-in-plan.ts';
import type { ColumnRow, Snapshot } from './snapshot.ts';

export function compareColumns({ base, origin, before, after, meant }: CatalogComparison): readonly Change[] {
  const changes: Change[] = [];
  const isOld = (oid: number) => base.relations.has(oid) && before.relations.has(oid) && after.relations.has(oid);
  const domains = findDomains(after);
  for (const [key, now] of after.columns) {
    if (!isOld(now.relation)) continue;
    const table = before.relations.get(now.relation)!;
    const then = before.columns.get(key);
    const isView = 'vm'.includes(table.kind);
    if (then !== undefined) {
      const found = compareColumn(then, now, table.name, columnFacts(now, domains), isView);
      changes.push(...found.map(ofPlan(knows(origin).column(then, table.name))));
    } else if (!isView) {
      const named = { object: `column ${table.name}.${quoteIdent(now.name)}`, type: 'column', relation: table.name };
      changes.push({ kind: 'created', ...named, to: wordColumn(now), column: columnFacts(now, domains) });
    }
  }
  for (const [key, then] of before.columns) {
    const table = before.relations.get(then.relation);
    if (after.columns.has(key) || !isOld(then.relation) || table === undefined || 'vm'.includes(table.kind)) continue;
    if (!base.columns.has(key)) continue;
    const object = `column ${table.name}.${quoteIdent(then.name)}`;
    const cascaded = meant().column(then) ? {} : { cascaded: true as const };
    const dropped: Change = {
      kind: 'dropped',
      object,
      type: 'column',
      relation: table.name,
      from: then.type,
      ...cascaded,
    };
    changes.push(ofPlan(knows(origin).column(then, table.name))(dropped));
  }
  return changes;
}

function compareColumn(
  then: ColumnRow,
  now: ColumnRow,
  table: string,
  column: ColumnFacts,
  isView: boolean,
): readonly Change[] {
  const named = { object: `column ${table}.${quoteIdent(then.name)}`, type: 'column', relation: table };
  const change = (kind: Change['kind'], from: string, to: string): readonly Change[] =>
    from === to ? [] : [{ kind, ...named, from: from || undefined, to: to || undefined, column }];
  if (isView) return change('renamed', then.name, now.name);
  return [
    ...change('renamed', then.name, now.name),
    ...change('type', then.type, now.type),
    ...(then.notNull === now.notNull
      ? []
      : [{ kind: now.notNull ? ('not-null' as const) : ('nullable' as const), ...named, column }]),
    ...change('default', wordDefault(then), wordDefault(now)),
    ...(then.settings === now.settings && then.privileges === now.privileges
      ? []
      : [{ kind: 'definition' as const, ...named, column }]),
  ];
}

function findDomains({ objects }: Snapshot): ReadonlySet<string> {
  return new Set([...objects.values()].filter(({ type }) => type === 'domain').map(({ name }) => name));
}

function columnFacts(column: ColumnRow, domains: ReadonlySet<string>): ColumnFacts {
  const { name, type, notNull } = column;
  const isDomain = domains.has(type);
  const value = wordDefault(column);
  return {
    name,
    type,
    notNull,
    fills: value !== '',
    value: value || undefined,
    domain: isDomain || undefined,
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
