import { sanitizeLine } from '../../sql/quote.ts';

/** `PostgreSQL 15.18`: the number alone, without what a packager adds behind it. */
export function printServer(version: string): string {
  return `PostgreSQL ${sanitizeLine(version.split(' ')[0] ?? '')}`;
}
