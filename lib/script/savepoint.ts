import { quoteIdent } from '../sql/quote.ts';
import { type Block, begin, partsOf } from './block.ts';

/**
 * Behind an error, a transaction refuses all that follows. But some clients put a savepoint before each statement and go back to it (psql's
 * ON_ERROR_ROLLBACK, pgjdbc's autosave, DBeaver's savepoints): a guard that refuses, or a statement that fails, would be left out and the
 * rest committed. So where there is a savepoint, the ledger makes the commit fail.
 */
export function refuseSavepoints(block: Block, schema: string): readonly string[] {
  const [head = '', ...rest] = partsOf(block);
  if (block.kind !== 'transaction' || !head.startsWith(begin)) return [head, ...rest];
  const at = begin.length + (block.aside ?? 0);
  return [`${head.slice(0, at)}CALL ${quoteIdent(schema)}.check_savepoints();\n${head.slice(at)}`, ...rest];
}
