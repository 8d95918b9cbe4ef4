import { type Question, SQL } from '../database/question.ts';
import type { Row } from '../database/session.ts';
import type { DomainFacts } from './change.ts';
import type { FactInput } from './comparison.ts';

/** A domain that a new column has as its type, as the column has it. */
export interface UsedDomain {
  readonly oid: number;
  readonly type: string;
}

export function findDomains({ before, after, effects }: FactInput): readonly UsedDomain[] {
  const added = effects.changes.filter(
    ({ kind, type, column }) => kind === 'created' && type === 'column' && column?.domain,
  );
  const used = added.flatMap(({ relation, column }) => {
    const row = [...after.columns.values()].find(
      (one) => one.name === column?.name && before.relations.get(one.relation)?.name === relation,
    );
    return row?.domain == null ? [] : [{ oid: row.domain, type: row.type }];
  });
  return [...new Map(used.map((one) => [one.oid, one])).values()];
}

/** A domain over a domain has the checks of both. */
export function checksOf({ oid }: UsedDomain): Question {
  return SQL`WITH RECURSIVE under(oid, type, "not", modifier) AS (SELECT t.oid, t.typbasetype, t.typnotnull, t.typtypmod FROM pg_catalog.pg_type t WHERE t.oid = ${oid}::oid
   UNION ALL SELECT t.oid, t.typbasetype, t.typnotnull, t.typtypmod FROM under u JOIN pg_catalog.pg_type t ON t.oid = u.type AND t.typtype = 'd')
  SELECT pg_catalog.pg_get_constraintdef(k.oid) AS "check", u."not"::text AS "notNull", pg_catalog.format_type(u.type, u.modifier) AS type
   FROM under u LEFT JOIN pg_catalog.pg_constraint k ON k.contypid = u.oid AND k.contype = 'c'`;
}

export function toDomain({ type: domain }: UsedDomain, rows: readonly Row[]): DomainFacts {
  return {
    domain,
    type: rows.at(-1)?.type ?? '',
    notNull: rows.some(({ notNull }) => notNull === 'true'),
    checks: rows.flatMap(({ check }) => (check == null ? [] : [check.replace(/ NOT VALID$/, '')])),
  };
}
