import type { Change, ChangeOf, Whole } from '../schema/change.ts';
import { conversionOf } from '../schema/conversion.ts';
import { keyOf, type Name } from '../schema/name.ts';
import type { Constraint, Index, Partition, Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';
import { quoteIdent, quoteLiteral, quoteRelation } from '../sql/quote.ts';

/** What is there, and what is to be. */
interface Sides {
  readonly from: Schema;
  readonly to: Schema;
}

/** Rows that the SQL of a change fails on; each ends a sentence that begins with `It fails where`. `before` of a change is what is wanted. */
export function failuresOf(change: Change, sides: Sides): readonly string[] {
  const rule = rules[change.kind] as ((change: Change, sides: Sides) => readonly string[]) | undefined;
  return rule?.(change, sides) ?? [];
}

/** Values that the SQL of a change rounds or cuts; each ends a sentence that begins with `It rounds or cuts values without an error, where`. */
export function roundingsOf(change: Change): readonly string[] {
  if (change.kind !== 'column-type' || conversionOf(change.after, change.before) !== 'rounds') return [];
  return [`a value of column ${quoteIdent(change.name)} of ${nameOf(change.of)} has more than ${change.before} holds`];
}

type Rule<C extends Change> = (change: C, sides: Sides) => readonly string[];

const rules: { readonly [K in Change['kind']]?: Rule<ChangeOf<K>> } = {
  'column-not-null': ({ name, of, before, after }) =>
    before?.validated && !after?.validated ? [`a row of ${nameOf(of)} holds NULL in column ${quoteIdent(name)}`] : [],
  'column-dropped': failOfColumn,
  'column-type': ({ name, of, before, after }) => {
    const conversion = conversionOf(after, before);
    if (conversion === 'keeps') return [];
    const what = conversion === 'fails' ? 'does not fit into' : 'is out of range for';
    const value = `a value of column ${quoteIdent(name)} of ${nameOf(of)}`;
    return [`${value} ${what} ${before}, or breaks a key or a check with its new value`];
  },
  'column-generated': ({ name, of, before }) => (before === null ? [] : [expressionOf(name, of)]),
  'constraint-dropped': ({ value, of }) => failOfConstraint(value, of),
  'constraint-definition': failOfWanted,
  'constraint-enforced': failOfWanted,
  'constraint-deferrable': failOfWanted,
  'constraint-validated': failOfWanted,
  'index-dropped': ({ value, of }) => failOfIndex(value, of),
  'index-definition': ({ name, of }, { to }) =>
    (tableOf(to, of)?.indexes ?? []).filter((one) => one.name === name).flatMap((one) => failOfIndex(one, of)),
  'enum-labels': ({ name, before, after }) => {
    const gone = after.filter((label) => !before.includes(label));
    return gone.length === 0
      ? []
      : [`a row has ${gone.map(quoteLiteral).join(' or ')} in a column of type ${quoteRelation(name)}`];
  },
  'domain-not-null': ({ name, before }) => (before ? [`a column of domain ${quoteRelation(name)} holds NULL`] : []),
  'table-partition': ({ name, before }, { from }) =>
    before === null
      ? []
      : [`a row of ${quoteRelation(name)} does not belong to ${before.bound}`, ...failOfDefault(before, from)],
  'table-dropped': ({ value: { partition } }, { from }) => (partition === null ? [] : failOfDefault(partition, from)),
  'sequence-type': failOfSequence,
  'sequence-minimum': failOfSequence,
  'sequence-maximum': failOfSequence,
};

function nameOf({ name }: Whole): string {
  return quoteRelation(name as Name);
}

function tableOf({ tables }: Schema, { name }: Whole): Table | undefined {
  return tables.find((one) => isSame(one.name, name));
}

/** Rows that are there have no value for it, or one that is computed. */
function failOfColumn({ name, value, of }: ChangeOf<'column-dropped'>, { to }: Sides): readonly string[] {
  if (value.generated !== null) return [expressionOf(name, of)];
  const isFilled =
    value.default !== null ||
    value.identity !== null ||
    to.domains.some((one) => one.default !== null && quoteRelation(one.name) === value.type);
  return value.notNull === null || isFilled
    ? []
    : [`${nameOf(of)} has a row: column ${quoteIdent(name)} is NULL in it`];
}

function expressionOf(name: string, of: Whole): string {
  return `the expression of column ${quoteIdent(name)} is an error for a row of ${nameOf(of)}, or what it gives breaks a constraint`;
}

function failOfWanted({ name, of }: { readonly name: string; readonly of: Whole }, { to }: Sides): readonly string[] {
  const constraints: readonly Constraint[] =
    of.kind === 'domain'
      ? (to.domains.find((one) => isSame(one.name, of.name))?.constraints ?? [])
      : (tableOf(to, of)?.constraints ?? []);
  return constraints.filter((one) => one.name === name).flatMap((one) => failOfConstraint(one, of));
}

function failOfConstraint(constraint: Constraint, of: Whole): readonly string[] {
  const { name, type, columns, definition, validated, enforced, references } = constraint;
  if (!validated || !enforced) return [];
  const table = nameOf(of);
  const list = columns.map(quoteIdent).join(', ');
  switch (type) {
    case 'check':
      return of.kind === 'domain'
        ? [`a value of domain ${table} does not satisfy ${definition}`]
        : [`a row of ${table} does not satisfy ${definition}`];
    case 'unique':
      return [`two rows of ${table} have the same (${list})`];
    case 'primary key':
      return [`two rows of ${table} have the same (${list}), or one holds NULL there`];
    case 'exclude':
      return [`two rows of ${table} exclude each other by ${quoteIdent(name)}`];
    case 'foreign key':
      return [
        `a row of ${table} refers by (${list}) to a row that ${references ? quoteRelation(references.table) : 'nothing'} does not have`,
      ];
  }
}

function failOfIndex({ unique, constraint, keys, predicate }: Index, of: Whole): readonly string[] {
  if (!unique || constraint !== null) return [];
  const where = predicate === null ? '' : ` where ${predicate}`;
  return [`two rows of ${nameOf(of)} have the same (${keys.join(', ')})${where}`];
}

/** The default partition has what belongs to no other one so far. */
function failOfDefault({ of, bound }: Partition, { tables }: Schema): readonly string[] {
  const other = tables.find(({ partition }) => partition?.bound === 'DEFAULT' && keyOf(partition.of) === keyOf(of));
  return other === undefined ? [] : [`a row of ${quoteRelation(other.name)} belongs to ${bound}`];
}

function failOfSequence({ name }: { readonly name: Name }, { from, to }: Sides): readonly string[] {
  const [there, wanted] = [from, to].map(({ sequences }) => sequences.find((one) => isSame(one.name, name)));
  if (there === undefined || wanted === undefined) return [];
  const isLess = BigInt(wanted.maximum) < BigInt(there.maximum) || BigInt(wanted.minimum) > BigInt(there.minimum);
  return isLess ? [`sequence ${quoteRelation(name)} has counted beyond its new range`] : [];
}
