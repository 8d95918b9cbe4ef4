import type { Session } from '../database/session.ts';
import { quoteIdent } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import { type MeasuredStatement, relationKinds } from './measured.ts';
import { findNamed } from './naming.ts';
import type { Snapshot } from './probe.ts';
import { schemaOf } from './rules/rule.ts';

/** Of a CREATE INDEX IF NOT EXISTS that the server skipped: what has its name, and is no index of its table. A run refuses that. */
export async function findSkipped(
  session: Session,
  { index, found }: Statement,
  { notices }: Pick<MeasuredStatement, 'notices'>,
  snapshot: Snapshot,
): Promise<Pick<MeasuredStatement, 'skippedFor'>> {
  const asked = found ?? (index?.mayExist ? index : undefined);
  if (asked?.table === undefined || asked.name === undefined) return {};
  if (!notices.some(({ code }) => code === duplicateTable)) return {};
  const [table] = await findNamed(session, [asked.table], snapshot);
  const name = `${schemaOf(table?.name ?? '')}${quoteIdent(asked.name)}`;
  const taken = [...snapshot.relations.values()].find((row) => row.name === name);
  if (table === undefined || taken === undefined || taken.index?.table === table.oid) return {};
  const on = taken.index === null ? undefined : snapshot.relations.get(taken.index.table)?.name;
  return { skippedFor: `${relationKinds[taken.kind] ?? 'relation'} ${name}${on === undefined ? '' : ` on ${on}`}` };
}

/** The class of the notice, too: an error would not be skipped. */
const duplicateTable = '42P07';
