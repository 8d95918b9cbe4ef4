import { type NodeReaders, readNode } from '../sql/node-readers.ts';
import type { Node } from '../sql/parser.ts';
import { parseLoosely } from './parsed.ts';

/** The names, without their schemas, of what a statement creates. */
export function namesMadeBy(text: string): readonly string[] {
  return (parseLoosely(text) ?? []).flatMap(namesIn).filter((name) => name !== '');
}

function namesIn(node: Node): readonly string[] {
  return readNode(node, makers)?.map((name) => name ?? '') ?? [];
}

/** The readers, by the kind of the statement in the parse tree. */
const makers: NodeReaders<readonly (string | undefined)[]> = {
  CreateStmt: ({ relation }) => [relation?.relname],
  CreateForeignTableStmt: ({ base }) => [base?.relation?.relname],
  ViewStmt: ({ view }) => [view?.relname],
  CreateTableAsStmt: ({ into }) => [into?.rel?.relname],
  CreateSeqStmt: ({ sequence }) => [sequence?.relname],
  IndexStmt: ({ idxname }) => [idxname],
  CreateSchemaStmt: ({ schemaname }) => [schemaname],
  CreateExtensionStmt: ({ extname }) => [extname],
  CompositeTypeStmt: ({ typevar }) => [typevar?.relname],
  CreateEnumStmt: ({ typeName }) => lastOf(typeName),
  CreateDomainStmt: ({ domainname }) => lastOf(domainname),
  CreateRangeStmt: ({ typeName }) => lastOf(typeName),
  CreateFunctionStmt: ({ funcname }) => lastOf(funcname),
  AlterTableStmt: ({ cmds }) => cmds?.flatMap(columnsIn) ?? [],
};

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
