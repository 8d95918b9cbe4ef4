import type { Session } from '../database/session.ts';
import { printOther } from '../ledger/other-index.ts';
import { ownPath } from '../ledger/setting.ts';
import { findAsked } from '../script/found-index.ts';
import type { IndexShape, Relation, Statement } from '../sql/source.ts';
import { relationKinds } from './effects.ts';
import type { MeasuredStatement } from './measured.ts';
import { enterNames, leaveNames } from './query-parts.ts';
import { findNamed } from './relations-named.ts';
import { type RelationRow, relationsNamed, type Snapshot } from './snapshot.ts';

/**
 * Of a CREATE INDEX IF NOT EXISTS that the server skipped: what has its name, and is no index of its table, or another one than it would make.
 * A run refuses that where it looks: outside a transaction right behind the statement, else at the end of the file. `behind` are the
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

/** The index that the statement makes unless there is one of that name. */
function findIndexAsked({ index, found }: Statement): IndexAsked | undefined {
  const asked = found ?? (index?.mayExist ? index : undefined);
  if (asked?.table === undefined || asked.name === undefined) return undefined;
  return { name: asked.name, table: asked.table, shape: asked.shape };
}

function wordHolder({ kind, name, index }: RelationRow, { relations }: Snapshot): string {
  const on = index === null ? undefined : relations.get(index.table)?.name;
  return `${relationKinds[kind]} ${name}${on === undefined ? '' : ` on ${on}`}`;
}

/** The class of the notice, too: an error would not be skipped. */
const duplicateTable = '42P07';

/** How the server defines an index of the table that is not what the statement makes. */
async function findOther(session: Session, oid: number, shape: IndexShape): Promise<string | undefined> {
  const [[row] = []] = await session.send(`SELECT pg_catalog.pg_get_indexdef(${oid}) AS definition`);
  const definition = row?.definition ?? '';
  const own = `SET LOCAL ${ownPath};\n`;
  const sets = await session.send(`${enterNames}${own}${printOther(oid, shape, definition)};\n${leaveNames}`);
  return sets.flat().some(({ other }) => other === 'true') ? definition : undefined;
}
