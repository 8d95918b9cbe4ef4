import type { Name } from '../../schema/name.ts';
import type { Column, Sequence } from '../../schema/relation.ts';
import { renderObject } from '../../schema/render/snapshot.ts';
import { owner } from '../../schema/render/words.ts';
import { isSame } from '../../schema/same.ts';
import type { Schema } from '../../schema/schema.ts';
import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import { isUsual, type OwningColumn, setSequence } from './sequence.ts';
import type { Sides } from './written.ts';

/** The sequences that a column owns: those of a serial column are created before it. */
export function sequencesOf(
  { expected }: Pick<Sides, 'expected'>,
  { table, column: name }: OwningColumn,
): readonly Sequence[] {
  return expected.sequences.filter(
    ({ ownedBy }) => ownedBy !== null && ownedBy.column === name && isSame(ownedBy.table, table),
  );
}

export function createSequences(sides: Sides, owner: OwningColumn): readonly string[] {
  return sequencesOf(sides, owner)
    .filter(({ ownedBy, name }) => ownedBy?.identity === false && !isThere(sides, name))
    .flatMap((sequence) => renderObject('sequence', { ...sequence, ownedBy: null }));
}

function isThere({ live }: Sides, name: Name): boolean {
  return live.sequences.some((other) => isSame(other.name, name) && other.ownedBy?.identity !== true);
}

/** After the column. The sequence of an identity is created with it: a new one has no value yet, and begins with its START. */
export function ownSequences(sides: Sides, owner: OwningColumn, identity: 'new' | 'kept'): readonly string[] {
  return sequencesOf(sides, owner).flatMap((sequence) => {
    if (!sequence.ownedBy?.identity)
      return [
        `ALTER SEQUENCE ${quoteRelation(sequence.name)} OWNED BY ${quoteRelation(owner.table)}.${quoteIdent(owner.column)};`,
      ];
    const isNew = identity === 'new';
    const isSet = isNew && isUsual(sequence, columnOf(sides.expected, owner)?.type);
    return [...(isSet ? [] : [setSequence(sequence, isNew)]), ...ofIdentity(sequence)];
  });
}

function columnOf({ tables }: Schema, { table, column }: OwningColumn): Column | undefined {
  return tables.find(({ name }) => isSame(name, table))?.columns.find(({ name }) => name === column);
}

/** Comments and grants; its owner is the table's. */
function ofIdentity(sequence: Sequence): readonly string[] {
  const [, ...others] = renderObject('sequence', { ...sequence, ownedBy: null });
  return others.slice(owner('', sequence).length);
}
