import { withoutFull } from '../../sql/edit.ts';
import { quoteIdent } from '../../sql/quote.ts';
import { shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';
import { parseLoosely } from '../parsed.ts';
import { note } from './way.ts';

/** Of the tables that are rewritten, without that. */
export function vacuumPlainly({ label, text, rewrites, locks }: MeasuredStatement): string {
  if (label.startsWith('VACUUM')) return withoutFull(text);
  const isIndex = (name: string) => locks.some(({ relation, kind }) => relation === name && kind === 'index');
  return `VACUUM ${rewrites.filter((name) => !isIndex(name)).join(', ')}`;
}

/** CLUSTER with USING marks the index for CLUSTER without it; of a partitioned table, that of each partition. */
export function markOf({ text, rewrites, locks }: MeasuredStatement): readonly string[] {
  const [node] = parseLoosely(text) ?? [];
  const index = node !== undefined && 'ClusterStmt' in node ? node.ClusterStmt.indexname : undefined;
  const tables = rewrites.filter((name) => locks.some(({ relation, kind }) => relation === name && kind === 'table'));
  if (index === undefined) return [];
  return tables.length === 1 &&
    locks.some(({ relation, table }) => table === tables[0] && shortName(relation) === index)
    ? [`ALTER TABLE ${tables[0]} CLUSTER ON ${quoteIdent(index)};`]
    : [note('CLUSTER also marks the index that it went by: ALTER TABLE … CLUSTER ON does that alone')];
}
