import { unprintable } from '../sql/quote.ts';

/** The one JSON document of `--json`, as a line. JSON itself lets C1 and bidi controls through (F66). */
export function printDocument(content: object): string {
  const text = JSON.stringify({ schema: 1, ...content });
  return `${text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}
