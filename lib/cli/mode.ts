import type { Values } from './options.ts';

/** What `upgrade`, `downgrade` and `stamp` are asked for: to do it, to show it, or to emit it, or the ledger alone. */
export type Mode = 'run' | 'dry run' | 'script' | 'ledger';

type Asked = Partial<Pick<Values, 'sql' | 'output' | 'bootstrap' | 'dryRun'>>;

export function modeOf({ sql = false, output, bootstrap = false, dryRun = false }: Asked): Mode {
  if (sql || output !== undefined) return bootstrap ? 'ledger' : 'script';
  return dryRun ? 'dry run' : 'run';
}

type Start = Pick<Values, 'from' | 'fromDatabase'>;

/** Whether a plan starts where the database stands: a script starts where it is told to, a dry run asks unless it is told. */
export function startsOnline(mode: Mode, { from, fromDatabase }: Start, words: readonly string[]): boolean {
  const isTold = from !== undefined || words.some((word) => word.includes(':'));
  return fromDatabase || (mode !== 'script' && !isTold);
}
