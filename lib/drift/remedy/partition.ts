import type { ForeignTable, Partition, Table } from '../../schema/relation.ts';
import { isSame } from '../../schema/same.ts';
import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import { cannot, run, type Sides, type Subject, type Written } from './written.ts';

/** Whether the table that it is to be a partition of is partitioned by what it is to be, or is made with it. */
export function fitsParent({ expected, live }: Sides, partition: Partition | null): boolean {
  const [wanted, there] = [expected, live].map(({ tables }) => tables.find(({ name }) => isSame(name, partition?.of)));
  return there === undefined || wanted?.partitionKey === there.partitionKey;
}

export const otherKey = 'The table that it is to be a partition of is partitioned by something else.';

export function attach(name: string, { of, bound }: Partition): readonly string[] {
  return [`ALTER TABLE ${quoteRelation(of)} ATTACH PARTITION ${name} ${bound};`];
}

/** What it has got as a partition goes with that: the server leaves it there. */
export function writePartition(
  of: Subject<'table'> | Subject<'foreign-table'>,
  wanted: Partition | null,
  there: Partition | null,
): Written {
  if (!fitsParent(of, wanted)) return cannot(otherKey);
  if (wanted?.detaching) return cannot("PostgreSQL can't leave a partition half detached on purpose.");
  const detach =
    there === null
      ? []
      : [`ALTER TABLE ${quoteRelation(there.of)} DETACH PARTITION ${of.sql}${there.detaching ? ' FINALIZE' : ''};`];
  return run(...detach, ...(wanted === null ? withoutInherited(of) : attach(of.sql, wanted)));
}

function withoutInherited(of: Subject<'table'> | Subject<'foreign-table'>): readonly string[] {
  const { wanted, there } = of as { readonly wanted?: Table | ForeignTable; readonly there?: Table | ForeignTable };
  if (there === undefined || !('indexes' in there)) return [];
  const kept = new Set(
    [...(wanted?.constraints ?? []), ...(wanted && 'indexes' in wanted ? wanted.indexes : [])].map((one) => one.name),
  );
  return [
    ...there.constraints
      .filter(({ parent, name }) => parent !== null && !kept.has(name))
      .map(({ name }) => `ALTER TABLE ${of.sql} DROP CONSTRAINT ${quoteIdent(name)};`),
    ...there.indexes
      .filter(({ parent, constraint, name }) => parent !== null && constraint === null && !kept.has(name))
      .map(({ name }) => `DROP INDEX ${quoteRelation({ schema: there.name.schema, name })};`),
  ];
}
