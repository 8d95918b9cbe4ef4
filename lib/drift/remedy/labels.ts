import { freeName } from '../../schema/free-name.ts';
import type { Name } from '../../schema/name.ts';
import type { Column, Table } from '../../schema/relation.ts';
import { isSame } from '../../schema/same.ts';
import { quoteIdent, quoteLiteral, quoteRelation, sanitizeLine } from '../../sql/quote.ts';
import { make } from './common.ts';
import { again, cannot, run, type Subject, type Written } from './written.ts';

/** A label can be added and renamed, and never taken away: then another type takes the place of this one. */
export function writeLabels(of: Subject<'enum'>, wanted: readonly string[], there: readonly string[]): Written {
  const { object, isToldRenames } = of;
  const isKept = there.every((label) => wanted.includes(label));
  const rest = wanted.filter((label) => there.includes(label));
  if (isKept && rest.join('\0') === there.join('\0')) return run(...addLabels(object, wanted, there));
  const pairs = wanted.map((label, index) => [there[index], label] as const).filter(([old, now]) => old !== now);
  const isRenamed =
    !isToldRenames &&
    wanted.length === there.length &&
    pairs.every(([old = '', now]) => !wanted.includes(old) && !there.includes(now));
  if (!isRenamed)
    return replaceType(
      of,
      there.filter((label) => !wanted.includes(label)),
    );
  return run(
    ...pairs.map(([old = '', now]) => `ALTER ${object} RENAME VALUE ${quoteLiteral(old)} TO ${quoteLiteral(now)};`),
  );
}

function addLabels(object: string, wanted: readonly string[], there: readonly string[]): readonly string[] {
  const [first] = there;
  return wanted.flatMap((label, index) => {
    if (there.includes(label)) return [];
    const previous = wanted[index - 1];
    const place =
      previous !== undefined
        ? ` AFTER ${quoteLiteral(previous)}`
        : first === undefined
          ? ''
          : ` BEFORE ${quoteLiteral(first)}`;
    return [`ALTER ${object} ADD VALUE ${quoteLiteral(label)}${place};`];
  });
}

/** Each column of it is rewritten, label by label: a row with one that is not there any more is an error, and nothing is changed. */
function replaceType(of: Subject<'enum'>, gone: readonly string[]): Written {
  const { wanted, object, name } = of;
  const columns = columnsOf(of);
  if (wanted === undefined || columns.length === 0) return again;
  const other = columns.find(({ to }) => to !== undefined && to.type !== typeOf(name, to));
  if (other !== undefined)
    return cannot(
      `Column ${quoteIdent(other.column.name)} of ${quoteRelation(other.table.name)} gets another type, too.`,
    );
  const old: Name = { ...name, name: oldName(of) };
  return {
    statements: [
      `${noteGone(gone)}ALTER ${object} RENAME TO ${quoteIdent(old.name)};`,
      ...make(of, wanted).statements,
      ...columns.flatMap((one) => convert(one, name)),
      `DROP TYPE ${quoteRelation(old)};`,
    ],
    moves: 'values',
  };
}

function noteGone(labels: readonly string[]): string {
  if (labels.length === 0) return '';
  return `-- This is an error where a row has ${labels.map((one) => sanitizeLine(quoteLiteral(one))).join(' or ')}: give such rows another label first.\n`;
}

interface Converted {
  readonly table: Table;
  readonly column: Column;
  readonly to: Column | undefined;
}

/** Those that are to stay; a partition's are its table's. */
function columnsOf({ name, expected, live }: Subject<'enum'>): readonly Converted[] {
  return live.tables.flatMap((table) => {
    const wanted = expected.tables.find((one) => isSame(one.name, table.name));
    return table.columns.flatMap((column): readonly Converted[] => {
      const to = wanted?.columns.find((one) => one.name === column.name);
      const isOwn = table.partition === null && column.inheritance !== 'inherited' && column.generated === null;
      return isOwn && to !== undefined && column.type === typeOf(name, column) ? [{ table, column, to }] : [];
    });
  });
}

/** The type itself, or the array of it, as far as this column's has one. */
function typeOf(name: Name, { type }: Column): string {
  return `${quoteRelation(name)}${type.endsWith('[]') ? '[]' : ''}`;
}

function convert({ table, column, to }: Converted, name: Name): readonly string[] {
  const set = `ALTER TABLE ${quoteRelation(table.name)} ALTER COLUMN ${quoteIdent(column.name)}`;
  const type = typeOf(name, column);
  const text = type.endsWith('[]') ? 'text[]' : 'text';
  return [
    ...(column.default === null ? [] : [`${set} DROP DEFAULT;`]),
    `${set} TYPE ${type} USING ${quoteIdent(column.name)}::${text}::${type};`,
    ...(column.default === null || to?.default == null ? [] : [`${set} SET DEFAULT ${to.default};`]),
  ];
}

/** What the type is called until nothing uses it any more. */
function oldName({ name, live, expected }: Subject<'enum'>): string {
  const names = [live, expected].flatMap(({ enums, composites, domains, ranges, tables, views, sequences }) =>
    [...enums, ...composites, ...domains, ...ranges, ...tables, ...views, ...sequences].map((one) => one.name.name),
  );
  return freeName(name.name, '_old', new Set(names));
}
