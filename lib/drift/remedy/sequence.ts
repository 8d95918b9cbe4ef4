import type { Sequence, SequenceOwner } from '../../schema/relation.ts';
import { isSame } from '../../schema/same.ts';
import type { Schema } from '../../schema/schema.ts';
import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import { drop, granted, make } from './common.ts';
import { cannot, follows, type Remedies, run } from './written.ts';

/** All of its numbers at once: one alone may be out of the others' range. */
export function setSequence({ name, type, start, increment, minimum, maximum, cache, cycle }: Sequence): string {
  return `ALTER SEQUENCE ${quoteRelation(name)} AS ${type} START ${start} INCREMENT ${increment} MINVALUE ${minimum} MAXVALUE ${maximum} CACHE ${cache} ${cycle ? '' : 'NO '}CYCLE;`;
}

const set = ({ wanted }: { readonly wanted: Sequence | undefined }) =>
  wanted === undefined ? cannot('The sequence is not there.') : run(setSequence(wanted));

export const sequence: Remedies<'sequence'> = {
  drop,
  make: (of, value) => (value.ownedBy?.identity ? follows('the identity of its column') : make(of, value)),
  alter: {
    ...granted,
    ...{ type: set, start: set, increment: set, minimum: set, maximum: set, cache: set, cycle: set },
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

function hasColumn({ tables }: Schema, { table, column }: SequenceOwner): boolean {
  return tables.some(({ name, columns }) => isSame(name, table) && columns.some((one) => one.name === column));
}
