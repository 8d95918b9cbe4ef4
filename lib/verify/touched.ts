import type { FileUnderTest } from '../review/file-under-test.ts';
import { keyOf, type Name } from '../schema/name.ts';
import { parentNames } from '../schema/parents.ts';
import type { Table } from '../schema/relation.ts';
import type { Schema } from '../schema/schema.ts';
import type { Domain } from '../schema/type.ts';

/** Whether these files say a word that writes rows, or calls what may. */
export function mayWriteRows(files: readonly FileUnderTest[]): boolean {
  return /\b(insert|update|delete|merge|truncate|copy|do|call|execute|perform|select)\b/.test(textOf(files));
}

/**
 * Tables whose rows these files may change: those whose names they say, what inherits from those, however far below, and what refers to them by a
 * key. All of them where code may run that the files do not show: a block, a function, a trigger, a rule, a view that is written to.
 */
export function touchedTables(files: readonly FileUnderTest[], schemas: readonly Schema[]): (table: Table) => boolean {
  const text = textOf(files);
  if (/\b(do|call|execute|perform|cascade|trigger|rule)\b/.test(text)) return () => true;
  const all = schemas.flatMap(({ tables }) => tables);
  const touched = close(
    new Set(all.filter(({ name }) => text.includes(name.name.toLowerCase())).map(({ name }) => keyOf(name))),
    all,
  );
  const own = all.filter(({ name }) => touched.has(keyOf(name)));
  return runsCode(text, own, schemas) ? () => true : ({ name }) => touched.has(keyOf(name));
}

/**
 * Whether this file makes the same of the same schema each time: it says nothing that depends on what is there or on rows, and no code of the
 * history's own runs with it.
 */
export function makesTheSame(file: FileUnderTest, schema: Schema): boolean {
  const text = textOf([file]);
  const { source, statements } = file.inspected;
  if (source.directives.noTransaction || source.directives.unparsed || varies.test(text)) return false;
  const all = schema.tables.filter(touchedTables([file], [schema]));
  return statements.every((statement) => plain.test(statement.text)) && !runsCode(text, all, [schema]);
}

const varies = /\b(do|call|execute|perform|exists|replace|cascade|trigger|rule|extension|import|set|reset)\b/;
const plain =
  /^(CREATE\s+((UNIQUE\s+)?INDEX|TABLE|VIEW|SEQUENCE|TYPE|DOMAIN|SCHEMA|FUNCTION)|ALTER\s+(TABLE|TYPE|SEQUENCE|DOMAIN)|DROP\s+(TABLE|INDEX|VIEW|SEQUENCE|TYPE|DOMAIN|SCHEMA)|INSERT\s+INTO\s+[\w."]+(\s*\([^()]*\))?\s+VALUES|COMMENT\s+ON)\b/i;

function close(touched: Set<string>, all: readonly Table[]): ReadonlySet<string> {
  for (let size = -1; size !== touched.size; ) {
    size = touched.size;
    for (const table of all)
      if (aboveOf(table).some((name) => touched.has(keyOf(name)))) touched.add(keyOf(table.name));
  }
  return touched;
}

/** What takes rows of this one along: its parents, and what its keys refer to. */
function aboveOf(table: Table): readonly Name[] {
  const referred = table.constraints.flatMap(({ references }) => (references === null ? [] : [references.table]));
  return [...parentNames(table), ...referred];
}

/** Whether something of the history's own runs with these files, or with what they write to these tables. */
function runsCode(text: string, tables: readonly Table[], schemas: readonly Schema[]): boolean {
  if (tables.some(({ triggers, rules }) => triggers.length + rules.length > 0)) return true;
  const names = schemas.flatMap(({ functions, procedures, aggregates, views, operators }) =>
    [...functions, ...procedures, ...aggregates, ...views, ...operators].map(({ name }) => name.name.toLowerCase()),
  );
  if (schemas.some(({ eventTriggers }) => eventTriggers.length > 0)) return true;
  if (names.length === 0) return false;
  const domains = schemas.flatMap((schema) => schema.domains);
  const said = [text, ...tables.flatMap(expressionsOf), ...domains.flatMap(expressionsOf)].join('\n').toLowerCase();
  return names.some((name) => said.includes(name));
}

/** What is computed where a row is written. */
function expressionsOf(of: Table | Domain): readonly string[] {
  const own = of.constraints.map(({ definition }) => definition);
  if (!('columns' in of)) return [...own, of.default ?? ''];
  const values = of.columns.flatMap((column) => [column.default ?? '', column.generated?.expression ?? '']);
  return [...own, ...values, ...of.indexes.map(({ definition }) => definition)];
}

function textOf(files: readonly FileUnderTest[]): string {
  return files.map(({ inspected }) => inspected.source.text.toLowerCase()).join('\n');
}
