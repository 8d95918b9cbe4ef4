import type { Name } from '../../schema/name.ts';
import type { Sequence, SequenceOwner } from '../../schema/relation.ts';
import { isSame } from '../../schema/same.ts';
import type { Schema } from '../../schema/schema.ts';
import { quoteIdent, quoteLiteral, quoteRelation } from '../../sql/quote.ts';
import { drop, granted, make } from './common.ts';
import { cannot, follows, type Remedies, run, type Sides, type Subject, type Written } from './written.ts';

/** The column that has a sequence. */
export type OwningColumn = Omit<SequenceOwner, 'identity'>;

/** All of its numbers at once: one alone may be out of the others' range. Where it counted so far may be, too: one that is new begins anew. */
export function setSequence(
  { name, type, start, increment, minimum, maximum, cache, cycle }: Sequence,
  isNew = false,
): string {
  return `ALTER SEQUENCE ${quoteRelation(name)} AS ${type} START ${start} INCREMENT ${increment} MINVALUE ${minimum} MAXVALUE ${maximum} CACHE ${cache} ${cycle ? '' : 'NO '}CYCLE${isNew ? ' RESTART' : ''};`;
}

/** What is in a table already counts: the next value is behind it, in each of these columns. */
export function countOn({ name, start, increment }: Sequence, columns: readonly OwningColumn[]): string {
  const [most, sign, bound] = increment.startsWith('-') ? ['min', '-', 'least'] : ['max', '+', 'greatest'];
  const next = columns.map(
    ({ table, column }) => `(SELECT pg_catalog.${most}(${quoteIdent(column)}) FROM ${quoteRelation(table)}) ${sign} 1`,
  );
  return `SELECT pg_catalog.setval(${quoteLiteral(quoteRelation(name))}, ${bound}(${[...next, start].join(', ')}), false);`;
}

/** Columns of tables that are there, which take their values from it. */
export function usersOf({ expected, live }: Sides, name: Name): readonly OwningColumn[] {
  const next = nextOf(name);
  return expected.tables.flatMap((table) =>
    table.columns.flatMap(({ name: column, type, default: value }) => {
      const owner = { table: table.name, column, identity: false };
      return value === next && numbers.test(type) && hasColumn(live, owner) ? [owner] : [];
    }),
  );
}

/** The default of a column that takes its values from it. */
export function nextOf(name: Name): string {
  return `nextval(${quoteLiteral(quoteRelation(name))}::regclass)`;
}

const numbers = /^(smallint|integer|bigint)$/;

/** As an identity column makes it that says nothing of it. */
export function isUsual(sequence: Sequence, columnType: string | undefined): boolean {
  const { type, start, increment, minimum, maximum, cache, cycle } = sequence;
  const isOne = [start, increment, minimum, cache].every((number) => number === '1');
  return type === columnType && isOne && maximum === greatest[type] && !cycle;
}

const greatest: Readonly<Record<string, string>> = {
  ...{ smallint: '32767', integer: '2147483647', bigint: '9223372036854775807' },
};

const numbered = ['type', 'start', 'increment', 'minimum', 'maximum', 'cache', 'cycle'] as const;

/** One statement sets all of them: that of the first one that differs. */
const set =
  (property: (typeof numbered)[number]) =>
  ({ wanted, there }: Pick<Subject<'sequence'>, 'wanted' | 'there'>): Written => {
    if (wanted === undefined) return cannot('The sequence is not there.');
    // It is another one, made with these numbers.
    if (isOfIdentity(wanted) !== isOfIdentity(there)) return follows('the identity of its column');
    const first = there && numbered.find((one) => wanted[one] !== there[one]);
    return first === undefined || first === property ? run(setSequence(wanted)) : follows(`its ${first}`);
  };

export const sequence: Remedies<'sequence'> = {
  drop,
  make: (of, value) => {
    if (value.ownedBy?.identity) return follows('the identity of its column');
    const users = usersOf(of, value.name);
    return run(...make(of, value).statements, ...(users.length === 0 ? [] : [countOn(value, users)]));
  },
  alter: {
    ...granted,
    ...{ type: set('type'), start: set('start'), increment: set('increment'), minimum: set('minimum') },
    ...{ maximum: set('maximum'), cache: set('cache'), cycle: set('cycle') },
    persistence: ({ object }, wanted) =>
      wanted === 'temporary'
        ? cannot('A temporary sequence belongs to a session.')
        : run(`ALTER ${object} SET ${wanted === 'permanent' ? 'LOGGED' : 'UNLOGGED'};`),
    ownedBy: ({ object, live }, wanted, there) => {
      if (wanted?.identity || there?.identity) return follows('the identity of its column');
      // A column that is made takes its sequence, which must not go with the one it belongs to now.
      const isThere = wanted !== null && hasColumn(live, wanted);
      const owner = isThere ? `${quoteRelation(wanted.table)}.${quoteIdent(wanted.column)}` : 'NONE';
      return run(`ALTER ${object} OWNED BY ${owner};`);
    },
  },
};

function isOfIdentity(sequence: Sequence | undefined): boolean {
  return sequence?.ownedBy?.identity === true;
}

function hasColumn({ tables }: Schema, { table, column }: SequenceOwner): boolean {
  return tables.some(({ name, columns }) => isSame(name, table) && columns.some((one) => one.name === column));
}
