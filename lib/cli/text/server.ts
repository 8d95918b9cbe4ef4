import type { EngineName } from '../../plan/engine.ts';
import { sanitizeLine } from '../../sql/quote.ts';

/** `PostgreSQL 15.18`: the number alone, without what a packager adds behind it; and what an extension makes of it. */
export function printServer({
  server,
  engine,
  worker = false,
}: {
  readonly server: string;
  readonly engine: EngineName;
  readonly worker?: boolean;
}): string {
  const number = `PostgreSQL ${sanitizeLine(server.split(' ')[0] ?? '')}`;
  if (engine === 'PostgreSQL') return number;
  return `${number}, ${engine}${worker ? ' (a worker: a schema is changed on the coordinator)' : ''}`;
}
