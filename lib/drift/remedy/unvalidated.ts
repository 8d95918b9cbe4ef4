import type { Constraint } from '../../schema/relation.ts';
import { constraintLine } from '../../schema/render/column.ts';
import { comment } from '../../schema/render/words.ts';
import { quoteIdent } from '../../sql/quote.ts';
import type { Subject } from './written.ts';

/** CREATE TABLE and CREATE DOMAIN know no NOT VALID. */
export function isUnvalidated({ type, validated, enforced }: Constraint): boolean {
  return type === 'check' && enforced && !validated;
}

export function addUnvalidated(
  { sql }: Pick<Subject<'table'>, 'sql'>,
  constraints: readonly Constraint[],
  kind: 'TABLE' | 'FOREIGN TABLE' | 'DOMAIN' = 'TABLE',
): readonly string[] {
  return constraints
    .filter(isUnvalidated)
    .flatMap((one) => [
      `ALTER ${kind} ${sql} ADD ${constraintLine({ ...one, inheritance: 'local' }, true)};`,
      ...comment(`CONSTRAINT ${quoteIdent(one.name)} ON ${kind === 'DOMAIN' ? 'DOMAIN ' : ''}${sql}`, one.comment),
    ]);
}
