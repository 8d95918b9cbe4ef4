import type { Sequence } from '../../schema/relation.ts';
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
    ownedBy: ({ object }, wanted, there) => {
      if (wanted?.identity || there?.identity) return follows('the identity of its column');
      const owner = wanted === null ? 'NONE' : `${quoteRelation(wanted.table)}.${quoteIdent(wanted.column)}`;
      return run(`ALTER ${object} OWNED BY ${owner};`);
    },
  },
};
