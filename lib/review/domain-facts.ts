import type { Row } from '../database/session.ts';
import type { DomainFacts } from './change.ts';
import type { FactInput } from './comparison.ts';
import type { Snapshot } from './snapshot.ts';

export function findDomains({ after, effects }: FactInput): readonly number[] {
  const names = new Set(
    effects.changes.flatMap(({ kind, column }) => (kind === 'created' && column?.domain ? [column.type] : [])),
  );
  return [...after.objects.values()]
    .filter(({ type, name }) => type === 'domain' && names.has(name))
    .map(({ key }) => Number(key.slice(1)));
}

/** A domain over a domain asks what that one asks, too. */
export function checksOf(oid: number): string {
  return `WITH RECURSIVE under(oid, type, "not", modifier) AS (SELECT ${oid}::oid, t.typbasetype, t.typnotnull, t.typtypmod FROM pg_catalog.pg_type t WHERE t.oid = ${oid}
   UNION ALL SELECT t.oid, t.typbasetype, t.typnotnull, t.typtypmod FROM under u JOIN pg_catalog.pg_type t ON t.oid = u.type AND t.typtype = 'd')
  SELECT pg_catalog.pg_get_constraintdef(k.oid) AS "check", u."not"::text AS "notNull", pg_catalog.format_type(u.type, u.modifier) AS type
   FROM under u LEFT JOIN pg_catalog.pg_constraint k ON k.contypid = u.oid AND k.contype = 'c';\n`;
}

export function toDomain(oid: number, { objects }: Snapshot, rows: readonly Row[]): DomainFacts {
  return {
    domain: objects.get(`y${oid}`)?.name ?? '',
    type: rows.at(-1)?.type ?? '',
    notNull: rows.some(({ notNull }) => notNull === 'true'),
    checks: rows.flatMap(({ check }) => (check == null ? [] : [check.replace(/ NOT VALID$/, '')])),
  };
}
