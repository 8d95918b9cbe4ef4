import { ask, SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';
import { parseText } from '../sql/parser.ts';
import { arrayValue } from '../sql/quote.ts';
import type { Relation } from '../sql/source.ts';
import { relationsNamed, type Snapshot } from './snapshot.ts';

/** Finds the table that is written through an updatable view, with the names of its columns. */
export type Views = (view: Relation) => View | undefined;

interface View {
  readonly table: Relation;
  /** The columns of the table, by the names of the columns of the view. */
  readonly columns: ReadonlyMap<string, string>;
}

/** Reads the definitions of the views among these relations, and of views under them. */
export async function readViews(session: Session, targets: readonly Relation[], snapshot: Snapshot): Promise<Views> {
  const views = new Map<number, View>();
  const find = (target: Relation) => relationsNamed(target, snapshot).filter(({ kind }) => kind === 'v');
  let wanted = targets.flatMap(find);
  while (wanted.length > 0) {
    const oids = arrayValue(wanted.map(({ oid }) => String(oid)));
    const rows = await ask(
      session,
      SQL`SELECT c.oid::bigint::text AS oid, pg_catalog.pg_get_viewdef(c.oid) AS definition
  FROM pg_catalog.pg_class c WHERE c.oid = ANY (${oids}::oid[]) AND c.relkind = 'v'`,
    );
    const found = rows.flatMap(({ oid, definition }) => {
      const view = readView(definition ?? '');
      if (view !== undefined) views.set(Number(oid), view);
      return view === undefined ? [] : [view.table];
    });
    wanted = found.flatMap(find).filter(({ oid }) => !views.has(oid));
  }
  return (target) => find(target).flatMap(({ oid }) => views.get(oid) ?? [])[0];
}

/** Only a simple view is updatable: it has one relation in FROM. */
function readView(definition: string): View | undefined {
  const [first] = parseText(definition);
  if (first === undefined || !('SelectStmt' in first)) return undefined;
  const { fromClause: [from, ...others] = [], targetList = [] } = first.SelectStmt;
  if (from === undefined || others.length > 0 || !('RangeVar' in from)) return undefined;
  const { schemaname, relname = '' } = from.RangeVar;
  const columns = targetList.flatMap((target) => {
    if (!('ResTarget' in target)) return [];
    const { name, val } = target.ResTarget;
    const field = val !== undefined && 'ColumnRef' in val ? val.ColumnRef.fields?.at(-1) : undefined;
    const own = field !== undefined && 'String' in field ? field.String.sval : undefined;
    return own === undefined ? [] : [[name ?? own, own] as const];
  });
  return { table: { schema: schemaname, name: relname }, columns: new Map(columns) };
}
