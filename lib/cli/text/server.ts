import { type Server, sanitizeLine } from '../../index.ts';

/** `PostgreSQL 15.18`: the number alone, without what a packager adds behind it; and what an extension makes of it. */
export function printServer({ version, engine, worker }: Pick<Server, 'version' | 'engine'> & Partial<Server>): string {
  const number = `PostgreSQL ${sanitizeLine(version.split(' ')[0] ?? '')}`;
  if (engine === 'PostgreSQL') return number;
  return `${number}, ${engine}${worker === true ? ' (a worker: a schema is changed on the coordinator)' : ''}`;
}
