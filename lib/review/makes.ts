import type { Node } from '../sql/parser.ts';
import { parseLoosely } from './parsed.ts';

/** What a statement makes, by names without a schema. */
export function namesMadeBy(text: string): readonly string[] {
  return (parseLoosely(text) ?? []).flatMap(namesIn).filter((name) => name !== '');
}

function namesIn(node: Node): readonly string[] {
  if ('CreateStmt' in node) return [node.CreateStmt.relation?.relname ?? ''];
  if ('CreateForeignTableStmt' in node) return [node.CreateForeignTableStmt.base?.relation?.relname ?? ''];
  if ('ViewStmt' in node) return [node.ViewStmt.view?.relname ?? ''];
  if ('CreateTableAsStmt' in node) return [node.CreateTableAsStmt.into?.rel?.relname ?? ''];
  if ('CreateSeqStmt' in node) return [node.CreateSeqStmt.sequence?.relname ?? ''];
  if ('IndexStmt' in node) return [node.IndexStmt.idxname ?? ''];
  if ('CreateSchemaStmt' in node) return [node.CreateSchemaStmt.schemaname ?? ''];
  if ('CreateExtensionStmt' in node) return [node.CreateExtensionStmt.extname ?? ''];
  if ('CompositeTypeStmt' in node) return [node.CompositeTypeStmt.typevar?.relname ?? ''];
  if ('CreateEnumStmt' in node) return lastOf(node.CreateEnumStmt.typeName);
  if ('CreateDomainStmt' in node) return lastOf(node.CreateDomainStmt.domainname);
  if ('CreateRangeStmt' in node) return lastOf(node.CreateRangeStmt.typeName);
  if ('CreateFunctionStmt' in node) return lastOf(node.CreateFunctionStmt.funcname);
  if ('AlterTableStmt' in node) return (node.AlterTableStmt.cmds ?? []).flatMap(columnsIn);
  return [];
}

function columnsIn(command: Node): readonly string[] {
  if (!('AlterTableCmd' in command)) return [];
  const { subtype, def } = command.AlterTableCmd;
  if (subtype === 'AT_AddColumn' && def !== undefined && 'ColumnDef' in def) return [def.ColumnDef.colname ?? ''];
  if (subtype === 'AT_AddConstraint' && def !== undefined && 'Constraint' in def) return [def.Constraint.conname ?? ''];
  return [];
}

function lastOf(names: readonly Node[] | undefined): readonly string[] {
  const last = names?.at(-1);
  return last !== undefined && 'String' in last ? [last.String.sval ?? ''] : [];
}
