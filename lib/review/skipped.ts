import { ask, SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';
import { printOther } from '../ledger/other-index.ts';
import { findAsked } from '../script/found-index.ts';
import type { IndexShape, Relation, Statement } from '../sql/source.ts';
import { relationKinds } from './effects.ts';
import type { MeasuredStatement } from './measured.ts';
import { findNamed } from './relations-named.ts';
import { type RelationRow, relationsNamed, type Snapshot } from './snapshot.ts';

/**
 * Finds, for a CREATE INDEX IF NOT EXISTS that the server skipped, what has the name and is not the index that it would create.
 * A run refuses that where it looks: right after a statement outside a transaction, else at the end of the file. `behind` are the
 * statements in between.
 */
export async function findSkipped(
  session: Session,
  statement: Statement,
  behind: readonly Statement[],
  { notices }: Pick<MeasuredStatement, 'notices'>,
  snapshot: Snapshot,
): Promise<Pick<MeasuredStatement, 'skippedFor'>> {
  const asked = findIndexAsked(statement);
  if (asked === undefined || !notices.some(({ code }) => code === duplicateTable)) return {};
  const [table] = await findNamed(session, [asked.table], snapshot);
  const [holder] = table === undefined ? [] : relationsNamed({ schema: table.schema, name: asked.name }, snapshot);
  if (table === undefined || holder === undefined) return {};
  const looks = findAsked(statement, behind);
  const words = wordHolder(holder, snapshot);
  if (holder.index?.table !== table.oid) return looks.names ? { skippedFor: words } : {};
  const other = looks.shape && asked.shape && (await findOther(session, holder.oid, asked.shape));
  return other ? { skippedFor: `${words}, which is another one (${other}),` } : {};
}

interface IndexAsked {
  readonly name: string;
  readonly table: Relation;
  readonly shape: IndexShape | undefined;
}

/** The index that the statement creates unless one of that name exists. */
function findIndexAsked({ index, found }: Statement): IndexAsked | undefined {
  const asked = found ?? (index?.mayExist ? index : undefined);
  if (asked?.table === undefined || asked.name === undefined) return undefined;
  return { name: asked.name, table: asked.table, shape: asked.shape };
}

function wordHolder({ kind, name, index }: RelationRow, { relations }: Snapshot): string {
  const on = index === null ? undefined : relations.get(index.table)?.name;
  return `${relationKinds[kind]} ${name}${on === undefined ? '' : ` on ${on}`}`;
}

/** The SQLSTATE of the notice that CREATE INDEX was skipped. */
const duplicateTable = '42P07';

/** The definition of the existing index, where it differs from what the statement would create. */
async function findOther(session: Session, oid: number, shape: IndexShape): Promise<string | undefined> {
  // By the path of the session: not in a transaction with ours.
  const { text, values } = SQL`SELECT pg_catalog.pg_get_indexdef(${oid}::pg_catalog.oid) AS definition`;
  const [row] = await session.bind(text, values);
  const definition = row?.definition ?? '';
  const question = SQL`WITH asked (candidate, shape, definition) AS (
  SELECT ${oid}::oid, ${JSON.stringify(shape)}::jsonb, ${definition}::text)
`;
  const [answer] = await ask(session, question.append(printOther()));
  return answer?.other === 'true' ? definition : undefined;
}
