import { type Node, parseText } from '../sql/parser.ts';
import type { Relation } from '../sql/source.ts';
import { modifiedBy, type Query } from './plans.ts';
import type { Views } from './updatable-views.ts';

/** What a statement would write to tables that are empty in scratch. */
export interface Write {
  readonly table: Relation;
  readonly inserts: boolean;
  readonly deletes: boolean;
  /** The columns that an UPDATE changes. */
  readonly sets: readonly string[];
  /** The columns that it sets to NULL in every row. */
  readonly empties: readonly string[];
  /** The columns that it sets to their default. */
  readonly defaults: readonly string[];
  /** The numbers of the columns that are NULL in every row of an INSERT, where the plan shows them. */
  readonly nulls?: readonly number[] | undefined;
  /** The columns that a MERGE names for its INSERT. */
  readonly fills?: readonly string[] | undefined;
}

/** Finds what a query writes from its parse tree, with the tables of its plan. */
export function findWrites({ text, ...query }: Query, views: Views): readonly Write[] {
  const modified = modifiedBy({ text, ...query });
  if (modified.length === 0) return [];
  const written = parseWrites(text).flatMap((write) => writeThrough(write, views));
  return modified.flatMap(({ operation, table, nulls }) =>
    written
      .filter((write) => write.table.name === table.name && isOperation(write, operation))
      .map((write) => ({ ...write, table, nulls: operation === 'Insert' ? nulls : undefined })),
  );
}

function writeThrough(write: Write, views: Views): readonly Write[] {
  const view = views(write.table);
  if (view === undefined) return [write];
  const translate = (names: readonly string[]) => names.flatMap((name) => view.columns.get(name) ?? []);
  const { fills } = write;
  const [sets, empties, defaults] = [write.sets, write.empties, write.defaults].map(translate) as [
    string[],
    string[],
    string[],
  ];
  const through = { ...write, sets, empties, defaults, table: view.table, fills: fills && translate(fills) };
  return writeThrough(through, views);
}

function isOperation({ inserts, deletes, sets }: Write, operation: string): boolean {
  return (
    operation === 'Merge' ||
    (operation === 'Insert' && inserts) ||
    (operation === 'Delete' && deletes) ||
    (operation === 'Update' && !inserts && sets.length > 0)
  );
}

/** The names of the tables that it writes, as written. */
export function targetsOf({ text, ...query }: Query): readonly Relation[] {
  return modifiedBy({ text, ...query }).length === 0 ? [] : parseWrites(text).map(({ table }) => table);
}

function parseWrites(text: string): readonly Write[] {
  try {
    return parseText(text).flatMap(writesOf);
  } catch {
    // The text is of a file with `-- updown: unparsed`, or an expression of PL/pgSQL.
    return [];
  }
}

interface RangeVar {
  readonly schemaname?: string | undefined;
  readonly relname?: string | undefined;
  readonly alias?: { readonly aliasname?: string };
}

function writeTo({ schemaname, relname = '' }: RangeVar = {}, what: Partial<Write>): Write {
  const table = { schema: schemaname, name: relname };
  return { table, inserts: false, deletes: false, sets: [], empties: [], defaults: [], ...what };
}

function writesOf(node: Node): readonly Write[] {
  if ('InsertStmt' in node) {
    const { relation, onConflictClause, withClause } = node.InsertStmt;
    return [
      writeTo(relation, { inserts: true, ...setsOf(onConflictClause?.targetList, relation) }),
      ...withins(withClause?.ctes),
    ];
  }
  if ('UpdateStmt' in node) {
    const { relation, targetList, withClause } = node.UpdateStmt;
    return [writeTo(relation, setsOf(targetList, relation)), ...withins(withClause?.ctes)];
  }
  if ('DeleteStmt' in node) {
    const { relation, withClause } = node.DeleteStmt;
    return [writeTo(relation, { deletes: true }), ...withins(withClause?.ctes)];
  }
  if ('MergeStmt' in node) {
    const { relation, mergeWhenClauses = [], withClause } = node.MergeStmt;
    return [...mergeWhenClauses.flatMap((clause) => mergesOf(clause, relation)), ...withins(withClause?.ctes)];
  }
  if ('SelectStmt' in node) return withins(node.SelectStmt.withClause?.ctes);
  return withinCommand(node).flatMap(writesOf);
}

/** Statements that contain a query. */
function withinCommand(node: Node): readonly Node[] {
  const found =
    'ExplainStmt' in node
      ? node.ExplainStmt.query
      : 'CopyStmt' in node
        ? node.CopyStmt.query
        : 'CreateTableAsStmt' in node
          ? node.CreateTableAsStmt.query
          : 'PrepareStmt' in node
            ? node.PrepareStmt.query
            : undefined;
  return found === undefined ? [] : [found];
}

function mergesOf(clause: Node, relation: RangeVar | undefined): readonly Write[] {
  if (!('MergeWhenClause' in clause)) return [];
  const { commandType, targetList } = clause.MergeWhenClause;
  if (commandType === 'CMD_DELETE') return [writeTo(relation, { deletes: true })];
  if (commandType === 'CMD_UPDATE') return [writeTo(relation, setsOf(targetList, relation))];
  if (commandType !== 'CMD_INSERT') return [];
  const fills = (targetList ?? []).flatMap((target) =>
    'ResTarget' in target && target.ResTarget.name ? [target.ResTarget.name] : [],
  );
  return [writeTo(relation, { inserts: true, fills: fills.length > 0 ? fills : undefined })];
}

function withins(ctes: readonly Node[] | undefined): readonly Write[] {
  return (ctes ?? []).flatMap((cte) =>
    'CommonTableExpr' in cte && cte.CommonTableExpr.ctequery ? writesOf(cte.CommonTableExpr.ctequery) : [],
  );
}

type Sets = Pick<Write, 'sets' | 'empties' | 'defaults'>;

/** A column that is set to itself does not change, and no foreign key is checked. */
function setsOf(targets: readonly Node[] | undefined, relation: RangeVar | undefined): Sets {
  const named = (targets ?? []).flatMap((target) => {
    const { name, val } = 'ResTarget' in target ? target.ResTarget : {};
    const value = partOf(val);
    return name === undefined || isItself(name, value, relation) ? [] : [{ name, value }];
  });
  const namesOf = (isSo: (value: Node) => boolean) =>
    named.filter(({ value }) => value !== undefined && isSo(value)).map(({ name }) => name);
  return {
    sets: named.map(({ name }) => name),
    empties: namesOf((value) => 'A_Const' in value && value.A_Const.isnull === true),
    defaults: namesOf((value) => 'SetToDefault' in value),
  };
}

/** The value of a column in `SET (a, b) = (1, 2)`. */
function partOf(value: Node | undefined): Node | undefined {
  if (value === undefined || !('MultiAssignRef' in value)) return value;
  const { source, colno = 0 } = value.MultiAssignRef;
  return source !== undefined && 'RowExpr' in source ? source.RowExpr.args?.[colno - 1] : undefined;
}

function isItself(name: string, value: Node | undefined, relation: RangeVar | undefined): boolean {
  if (value === undefined || !('ColumnRef' in value)) return false;
  const words = (value.ColumnRef.fields ?? []).map((field) => ('String' in field ? field.String.sval : undefined));
  if (words.length === 1) return words[0] === name;
  return words.length === 2 && words[1] === name && words[0] === (relation?.alias?.aliasname ?? relation?.relname);
}
