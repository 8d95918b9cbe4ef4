import { sanitizeJson } from '../index.ts';

/** The one JSON document of `--json`, as a line. */
export function printDocument(content: object): string {
  return `${sanitizeJson(JSON.stringify({ schema: 1, ...content }))}\n`;
}
