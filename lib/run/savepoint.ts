import { type Block, begin } from '../plan/block.ts';
import { quoteIdent } from '../sql/quote.ts';

/**
 * Behind an error, a transaction refuses all that follows. But some clients put a savepoint before each statement and go back to it (psql's
 * ON_ERROR_ROLLBACK, pgjdbc's autosave, DBeaver's savepoints): a guard that refuses, or a statement that fails, would be left out and the
 * rest committed. So where there is a savepoint, the ledger makes the commit fail.
 */
export function refuseSavepoints({ kind, text }: Block, schema: string): string {
  if (kind !== 'transaction' || !text.startsWith(begin)) return text;
  return `${begin}CALL ${quoteIdent(schema)}.check_savepoints();\n${text.slice(begin.length)}`;
}
