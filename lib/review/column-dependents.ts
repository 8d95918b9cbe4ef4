import { type Question, SQL } from '../database/question.ts';
import type { Row } from '../database/session.ts';
import type { ColumnDependent } from './advice-facts.ts';
import type { Change } from './change.ts';
import type { NotedColumn } from './column-obstacles.ts';
import type { FactInput } from './comparison.ts';

export function findColumns({ before, after, effects }: FactInput): readonly NotedColumn[] {
  const isAsked = ({ kind, type }: Change) => type === 'column' && (kind === 'type' || kind === 'renamed');
  return effects.changes.filter(isAsked).flatMap(({ kind, relation, column, from }): readonly NotedColumn[] => {
    const table = [...before.relations.values()].find(({ name }) => name === relation);
    const row = [...after.columns.values()].find((one) => one.relation === table?.oid && one.name === column?.name);
    return table === undefined || row === undefined || 'vm'.includes(table.kind)
      ? []
      : [
          {
            ...{ oid: table.oid, number: row.number, relation: table.name, name: row.name },
            from: kind === 'type' ? from : undefined,
          },
        ];
  });
}

export function dependentsOf({ oid, number }: NotedColumn): Question {
  return SQL`SELECT 'i' AS kind, c.relname AS name, i.indrelid::pg_catalog.regclass::text AS "table", pg_catalog.pg_get_indexdef(i.indexrelid) AS definition,
    EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))::text AS owned
   FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = ${oid}::oid
    AND (${number}::smallint = ANY (i.indkey::smallint[]) OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.objid = i.indexrelid AND d.refclassid = d.classid AND d.refobjid = ${oid}::oid AND d.refobjsubid = ${number}::smallint))
  UNION ALL SELECT k.contype::text, k.conname, k.conrelid::pg_catalog.regclass::text, pg_catalog.pg_get_constraintdef(k.oid), 'false'
   FROM pg_catalog.pg_constraint k WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0
    AND ((k.conrelid = ${oid}::oid AND ${number}::smallint = ANY (k.conkey)) OR (k.confrelid = ${oid}::oid AND ${number}::smallint = ANY (k.confkey)))
  ORDER BY 3, 2`;
}

/** The keys are those of pg_constraint.contype, and `i` for an index. */
const kinds: ReadonlyMap<string | null | undefined, ColumnDependent['kind']> = new Map([
  ['i', 'index'],
  ['c', 'check'],
  ['f', 'foreign key'],
  ['p', 'primary key'],
  ['u', 'unique'],
  ['x', 'exclude'],
]);

export function toDependents(
  { relation, name: column }: NotedColumn,
  rows: readonly Row[],
): readonly ColumnDependent[] {
  return rows.flatMap(({ kind: letter, name, table, definition, owned }) => {
    const kind = kinds.get(letter);
    if (kind === undefined || name == null || table == null || definition == null) return [];
    return [{ relation, column, kind, name, table, definition, owned: owned === 'true' || undefined }];
  });
}
