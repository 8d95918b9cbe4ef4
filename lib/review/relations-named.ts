import { SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';
import type { Node } from '../sql/parser.ts';
import { arrayValue, quoteRelation } from '../sql/quote.ts';
import type { Relation, Statement } from '../sql/source.ts';
import { parseLoosely } from './parsed.ts';
import type { RelationRow, Snapshot } from './snapshot.ts';

/** The relations that a statement outside a transaction names. */
export function relationsNamedBy({ text, trace }: Statement): readonly Relation[] {
  if (trace?.kind === 'detach') return [trace.parent, trace.partition];
  return parseLoosely(text)?.flatMap(relationsOf) ?? [];
}

/** Resolves names by the search path of the session, in their order. */
export async function findNamed(
  session: Session,
  names: readonly Relation[],
  { relations }: Snapshot,
): Promise<readonly RelationRow[]> {
  if (names.length === 0) return [];
  // By the path of the session: not in a transaction with ours.
  const { text, values } = SQL`SELECT pg_catalog.to_regclass(path)::pg_catalog.oid::bigint::pg_catalog.text AS oid
  FROM pg_catalog.unnest(${arrayValue(names.map(quoteRelation))}::pg_catalog.text[]) WITH ORDINALITY AS named (path, place) ORDER BY place`;
  const rows = await session.bind(text, values);
  return rows.flatMap(({ oid }) => relations.get(Number(oid)) ?? []);
}

interface RangeVar {
  readonly schemaname?: string | undefined;
  readonly relname?: string | undefined;
}

function relationsOf(node: Node): readonly Relation[] {
  if ('VacuumStmt' in node) {
    return (node.VacuumStmt.rels ?? []).flatMap((one) =>
      'VacuumRelation' in one ? toRelations(one.VacuumRelation.relation) : [],
    );
  }
  if ('DropStmt' in node) return (node.DropStmt.objects ?? []).flatMap(toName);
  if ('IndexStmt' in node) return toRelations(node.IndexStmt.relation);
  if ('ReindexStmt' in node) return toRelations(node.ReindexStmt.relation);
  if ('ClusterStmt' in node) return toRelations(node.ClusterStmt.relation);
  return [];
}

function toRelations(target: RangeVar | undefined): readonly Relation[] {
  if (target?.relname === undefined) return [];
  return [{ schema: target.schemaname, name: target.relname }];
}

function toName(object: Node): readonly Relation[] {
  const items = 'List' in object ? (object.List.items ?? []) : [];
  const [name, schemaname] = items.flatMap((one) => ('String' in one ? (one.String.sval ?? '') : [])).reverse();
  return toRelations({ schemaname, relname: name });
}
