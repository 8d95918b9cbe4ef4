import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import type { MaterializedView, Sequence, Statistics, View } from '../relation.ts';
import { columnStatements } from './column.ts';
import { indexStatements, ruleStatements, triggerStatements } from './table.ts';
import { comment, granted, owner, withOptions, words } from './words.ts';

export function viewStatements(view: View): readonly string[] {
  const name = quoteRelation(view.name);
  const alter = `ALTER VIEW ${name}`;
  const defaults = view.columns.flatMap((column) =>
    column.default === null ? [] : [`${alter} ALTER COLUMN ${quoteIdent(column.name)} SET DEFAULT ${column.default};`],
  );
  return [
    `${words(`CREATE VIEW ${name}`, withOptions(view.options))} AS\n${body(view.definition)};`,
    ...granted(`VIEW ${name}`, view, undefined, name),
    ...defaults,
    ...view.columns.flatMap((column) => columnStatements(column, alter, name)),
    ...view.triggers.flatMap((trigger) => triggerStatements(trigger, `ALTER TABLE ${name}`, name)),
    ...view.rules.flatMap((rule) => ruleStatements(rule, `ALTER TABLE ${name}`, name)),
  ];
}

export function materializedViewStatements(view: MaterializedView): readonly string[] {
  const name = quoteRelation(view.name);
  const toast = Object.fromEntries(Object.entries(view.toastOptions).map(([key, value]) => [`toast.${key}`, value]));
  const head = words(
    `CREATE MATERIALIZED VIEW ${name}`,
    view.accessMethod !== null && view.accessMethod !== 'heap' && `USING ${quoteIdent(view.accessMethod)}`,
    withOptions({ ...view.options, ...toast }),
    view.tablespace !== null && `TABLESPACE ${quoteIdent(view.tablespace)}`,
  );
  return [
    `${head} AS\n${body(view.definition)}\nWITH ${view.populated ? '' : 'NO '}DATA;`,
    ...granted(`MATERIALIZED VIEW ${name}`, view, undefined, name),
    ...view.columns.flatMap((column) => columnStatements(column, `ALTER MATERIALIZED VIEW ${name}`, name)),
    ...view.indexes.flatMap((index) => indexStatements(index, view)),
  ];
}

function body(definition: string): string {
  return definition.trimEnd().replace(/;$/, '');
}

export function sequenceStatements(sequence: Sequence): readonly string[] {
  const name = quoteRelation(sequence.name);
  const { persistence, type, start, increment, minimum, maximum, cache, cycle, ownedBy } = sequence;
  const create = words(
    words('CREATE', persistence !== 'permanent' && persistence.toUpperCase(), `SEQUENCE ${name} AS ${type}`),
    `START ${start} INCREMENT ${increment} MINVALUE ${minimum} MAXVALUE ${maximum} CACHE ${cache}`,
    cycle && 'CYCLE',
  );
  const column = ownedBy && `${quoteRelation(ownedBy.table)}.${quoteIdent(ownedBy.column)}`;
  return [
    `${create};`,
    ...granted(`SEQUENCE ${name}`, sequence),
    ...(ownedBy === null
      ? []
      : [`ALTER SEQUENCE ${name} OWNED BY ${column};${ownedBy.identity ? ' -- GENERATED AS IDENTITY' : ''}`]),
  ];
}

export function statisticsStatements(statistics: Statistics): readonly string[] {
  const name = quoteRelation(statistics.name);
  const { kinds, columns, expressions, table, target } = statistics;
  const items = [...columns.map(quoteIdent), ...expressions.map((each) => `(${each})`)].join(', ');
  const of = kinds.length === 0 ? '' : ` (${kinds.join(', ')})`;
  return [
    `CREATE STATISTICS ${name}${of} ON ${items} FROM ${quoteRelation(table)};`,
    ...owner(`STATISTICS ${name}`, statistics),
    ...(target === null ? [] : [`ALTER STATISTICS ${name} SET STATISTICS ${target};`]),
    ...comment(`STATISTICS ${name}`, statistics.comment),
  ];
}
