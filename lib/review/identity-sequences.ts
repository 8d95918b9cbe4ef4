import { type Question, SQL } from '../database/question.ts';
import type { Row } from '../database/session.ts';
import type { Counter } from './advice-facts.ts';
import type { Effects } from './effects.ts';
import type { Snapshot } from './snapshot.ts';

/** An identity column and its sequence. */
export interface Counted {
  readonly relation: string;
  readonly column: string;
  readonly sequence: number;
}

export function findCounted(before: Snapshot, after: Snapshot, { changes }: Effects): readonly Counted[] {
  return changes.flatMap(({ kind, type, relation, column }): readonly Counted[] => {
    if (
      type !== 'column' ||
      relation === undefined ||
      column === undefined ||
      !['created', 'type', 'renamed'].includes(kind)
    )
      return [];
    const row = [...after.columns.values()].find(
      (one) => one.name === column.name && before.relations.get(one.relation)?.name === relation,
    );
    return row?.sequence == null ? [] : [{ relation, column: column.name, sequence: row.sequence }];
  });
}

export function counterOf({ sequence }: Counted): Question {
  return SQL`SELECT s.seqrelid::pg_catalog.regclass::text AS sequence, pg_catalog.format_type(s.seqtypid, NULL) AS type, s.seqstart::text AS start, s.seqincrement::text AS step,
    s.seqmin::text AS least, s.seqmax::text AS most, s.seqcache::text AS cache, s.seqcycle::text AS cycle FROM pg_catalog.pg_sequence s WHERE s.seqrelid = ${sequence}::oid`;
}

/** The highest value of each type that a sequence can have. */
const highest: ReadonlyMap<string | null | undefined, string> = new Map([
  ['smallint', '32767'],
  ['integer', '2147483647'],
]);

export function toCounter({ relation, column }: Counted, rows: readonly Row[]): readonly Counter[] {
  return rows.map(({ sequence, type, start, step, least, most, cache, cycle }) => {
    const isDown = step?.startsWith('-');
    const top = highest.get(type) ?? '9223372036854775807';
    const [first, last] = isDown ? [`-${BigInt(top) + 1n}`, '-1'] : ['1', top];
    const options = [
      ...(start === (isDown ? most : least) ? [] : [`START WITH ${start}`]),
      ...(step === '1' ? [] : [`INCREMENT BY ${step}`]),
      ...(least === first ? [] : [`MINVALUE ${least}`]),
      ...(most === last ? [] : [`MAXVALUE ${most}`]),
      ...(cache === '1' ? [] : [`CACHE ${cache}`]),
      ...(cycle === 'true' ? ['CYCLE'] : []),
    ];
    return { relation, column, sequence: sequence ?? '', options };
  });
}
