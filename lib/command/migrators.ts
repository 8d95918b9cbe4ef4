import type { LedgerState } from '../database/ledger-state.ts';

/** Who owns what the files have made: where the ledger tells of nobody, whoever asks. */
export function migratorsOf({ migrators: roles = [], server }: LedgerState): ReadonlySet<string> {
  return new Set(roles.length === 0 ? [server.user] : roles);
}
