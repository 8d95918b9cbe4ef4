import { type Asked, type LedgerState, readLedgerState } from '../database/ledger-state.ts';
import type { Session } from '../database/session.ts';
import { foldApplied } from '../plan/replaced.ts';
import type { Project } from '../project/load.ts';

/** What the ledger says, as these files have it: what they hold as one revision may stand there in several. */
export async function readState(session: Session, project: Project, asked: Asked = {}): Promise<LedgerState> {
  const state = await readLedgerState(session, project.config.ledger.schema, asked);
  const { applied, wholes } = foldApplied(project.graph, state.applied, (id) => project.read(id, 'up').digest);
  return wholes.length === 0 ? state : { ...state, applied, wholes };
}
