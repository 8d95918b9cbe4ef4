import type { NodeBody } from '../../sql/node-readers.ts';
import type { Node } from '../../sql/parser.ts';
import type { Lock } from '../effects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { parseLoosely } from '../parsed.ts';
import { says } from '../statement-words.ts';
import { familyOf } from './family.ts';
import { blocksWrites } from './locks.ts';
import { isCalled } from './names.ts';
import { isIndirect } from './text.ts';

/** A table whose rows a statement writes, by itself or in a block or a function that it calls. */
export interface Written {
  readonly relation: string;
  /** It reads all of the table for them, and no condition that could be seen picks out a few. */
  readonly whole: boolean;
  /** It says itself which rows. */
  readonly few: boolean;
  /** A stronger lock on it is held meanwhile. */
  readonly closed: boolean;
}

/** By the locks and scans; the text only tells what is meant where it is this statement's own. */
export function writtenTables(statement: MeasuredStatement): readonly Written[] {
  if (!isRowsLabel(statement)) return [];
  const targets = findTargets(statement);
  return statement.locks.filter(isTable).flatMap((lock) => writtenUnder(statement, lock, targets));
}

function writtenUnder(
  statement: MeasuredStatement,
  lock: Lock,
  targets: readonly WrittenTable[] | undefined,
): readonly Written[] {
  const { relation, mode, since, stated } = lock;
  const own = targets?.filter((target) => isMeant(statement, target, relation)) ?? [];
  const closed = blocksWrites(lock) && (since < statement.number || isIndirect(statement));
  const written = [{ relation, closed, ...partOf(own, statement.scans.includes(relation)) }];
  if (mode === 'ROW EXCLUSIVE' && stated === undefined) return written;
  // A stronger lock hides that of the rows.
  const isWritten =
    own.length > 0 || hasRows(statement, relation) || (targets === undefined && isUntold(statement, relation));
  return closed && isWritten ? written : [];
}

/** How many of the rows, by what the statement's own text says of the table. */
function partOf(own: readonly WrittenTable[], isRead: boolean): Pick<Written, 'whole' | 'few'> {
  const isSaid = own.length > 0;
  return {
    whole: isRead && (!isSaid || own.some(({ whole }) => whole)),
    few: isSaid && own.every(({ few }) => few),
  };
}

function hasRows({ rows }: MeasuredStatement, relation: string): boolean {
  return rows.some((one) => one.relation === relation && !one.truncated);
}

/** What reads it may write it as well, for all that is known. */
function isUntold(statement: MeasuredStatement, relation: string): boolean {
  return statement.scans.includes(relation) && mayWrite(statement) && !isWorkedOn(statement, relation);
}

/** What changes a table's columns and constraints reads it, too, and so do a new partition and a domain's constraint. */
function isWorkedOn({ changes, rewrites, builds, adviceFacts }: MeasuredStatement, relation: string): boolean {
  return (
    rewrites.includes(relation) ||
    builds.some(({ table }) => table === relation) ||
    (adviceFacts?.newPartitions ?? []).length > 0 ||
    changes.some(
      ({ type, kind, relation: of, constraint }) =>
        type === 'domain' ||
        (type === 'constraint' && (of === undefined || of === relation || constraint?.references === relation)) ||
        (of === relation && ['type', 'not-null', 'validated', 'definition'].includes(kind)),
    )
  );
}

/** A block that nowhere says so writes no rows; what a function does is not in sight. */
function mayWrite({ label, text }: MeasuredStatement): boolean {
  return label !== 'DO' || says(text, 'insert', 'update', 'delete', 'merge', 'copy', 'call');
}

const isTable = ({ kind }: Lock): boolean => kind === 'table';

/** DDL takes ROW EXCLUSIVE on no table for its rows. */
function isRowsLabel({ label }: MeasuredStatement): boolean {
  return /^(INSERT|UPDATE|DELETE|MERGE|WITH|SELECT|VALUES|DO|CALL|EXECUTE)\b/.test(label);
}

interface WrittenTable {
  readonly schema?: string | undefined;
  readonly name: string;
  /** It may be about every row there is. */
  readonly whole: boolean;
  /** Rows that are written out, or picked by their keys. */
  readonly few: boolean;
}

function isMeant(statement: MeasuredStatement, target: WrittenTable, relation: string): boolean {
  return statement.locks.some(
    (lock) => isCalled(lock.relation, target) && familyOf(statement, lock.relation).includes(relation),
  );
}

/** What it writes by its own text; undefined where that tells nothing, as a block's or a function's. */
function findTargets({ text, label }: MeasuredStatement): readonly WrittenTable[] | undefined {
  if (!/^(INSERT|UPDATE|DELETE|MERGE|WITH|SELECT)\b/.test(label)) return undefined;
  return parseLoosely(text)?.flatMap(targetsOf);
}

function targetsOf(node: Node): readonly WrittenTable[] {
  if ('InsertStmt' in node) {
    const { relation, selectStmt, withClause } = node.InsertStmt;
    return [toTarget(relation, false, isWrittenOut(selectStmt)), ...withins(withClause?.ctes)];
  }
  if ('UpdateStmt' in node) {
    const { relation, whereClause, withClause } = node.UpdateStmt;
    const few = picksFew(whereClause);
    return [toTarget(relation, !few, few), ...withins(withClause?.ctes)];
  }
  if ('DeleteStmt' in node) {
    const { relation, whereClause, withClause } = node.DeleteStmt;
    const few = picksFew(whereClause);
    return [toTarget(relation, !few, few), ...withins(withClause?.ctes)];
  }
  if ('MergeStmt' in node) {
    const { relation, mergeWhenClauses = [], withClause } = node.MergeStmt;
    const changes = mergeWhenClauses.some(
      (clause) => 'MergeWhenClause' in clause && /UPDATE|DELETE/.test(clause.MergeWhenClause.commandType ?? ''),
    );
    return [toTarget(relation, changes, false), ...withins(withClause?.ctes)];
  }
  return 'SelectStmt' in node ? withins(node.SelectStmt.withClause?.ctes) : [];
}

function withins(ctes: readonly Node[] | undefined): readonly WrittenTable[] {
  return (ctes ?? []).flatMap((cte) =>
    'CommonTableExpr' in cte && cte.CommonTableExpr.ctequery ? targetsOf(cte.CommonTableExpr.ctequery) : [],
  );
}

/** `VALUES (1), (2)`, or DEFAULT VALUES. */
function isWrittenOut(select: Node | undefined): boolean {
  return select === undefined || ('SelectStmt' in select && (select.SelectStmt.valuesLists ?? []).length > 0);
}

function toTarget(
  relation: { schemaname?: string | undefined; relname?: string | undefined } = {},
  whole: boolean,
  few: boolean,
): WrittenTable {
  const { schemaname, relname = '' } = relation;
  return { name: relname, whole, few, schema: schemaname };
}

/** `id = 3`, or `id IN (SELECT … LIMIT 100)`, alone or beside other conditions: the table is read for it, not written. */
function picksFew(where: Node | undefined): boolean {
  if (where === undefined) return false;
  if ('BoolExpr' in where) {
    const { boolop, args = [] } = where.BoolExpr;
    return boolop === 'AND_EXPR' ? args.some(picksFew) : boolop === 'OR_EXPR' && args.every(picksFew);
  }
  if ('SubLink' in where) return isBatch(where, 'ANY_SUBLINK');
  return 'A_Expr' in where && comparesFew(where.A_Expr);
}

function comparesFew({ kind, name = [], lexpr, rexpr }: Comparing): boolean {
  if (!name.some((word) => 'String' in word && word.String.sval === '=')) return false;
  if (kind === 'AEXPR_OP_ANY' && rexpr !== undefined && 'SubLink' in rexpr) return isBatch(rexpr, 'ARRAY_SUBLINK');
  const isPicked = kind === 'AEXPR_OP' || kind === 'AEXPR_IN';
  return isPicked && isColumn(lexpr) !== isColumn(rexpr) && (isValue(lexpr) || isValue(rexpr));
}

type Comparing = NodeBody<'A_Expr'>;

function isBatch(
  { SubLink: { subLinkType, subselect } }: Extract<Node, { readonly SubLink: unknown }>,
  type: string,
): boolean {
  return subLinkType === type && isLimited(subselect);
}

/** As many as a batch takes. */
function isLimited(select: Node | undefined): boolean {
  const limit = select !== undefined && 'SelectStmt' in select ? select.SelectStmt.limitCount : undefined;
  const most = limit !== undefined && 'A_Const' in limit ? limit.A_Const.ival?.ival : undefined;
  return most !== undefined && most <= 10_000;
}

function isColumn(node: Node | undefined): boolean {
  return node !== undefined && 'ColumnRef' in node;
}

function isValue(node: Node | undefined): boolean {
  if (node === undefined) return false;
  if ('TypeCast' in node) return isValue(node.TypeCast.arg);
  if ('List' in node) return (node.List.items ?? []).every(isValue);
  return 'A_Const' in node;
}
