import type { UpdownError } from '../errors.ts';
import { redact } from '../libpq/redact.ts';
import { freeTag, quoteLiteral, sanitizeLine } from '../sql/quote.ts';

/** Whether somebody may hand what stands on stdout to psql, for which nothing at all is a script that went well. */
export function emitsToStdout(argv: readonly string[]): boolean {
  const names = argv.map((word) => word.split('=')[0]);
  return names.includes('--sql') && !names.some((name) => name === '--json' || name === '--output' || name === '-o');
}

/** In the place of the script: it changes nothing, and fails with what this program says. It is for psql whatever the flavor: a script for another client goes there by way of a file. */
export function printFailedEmission({ code, message, hint }: UpdownError): string {
  const words = (text: string): string => quoteLiteral(redact(sanitizeLine(text)));
  const using = hint === undefined ? '' : `, HINT = ${words(hint)}`;
  const body = `BEGIN\n  RAISE EXCEPTION USING MESSAGE = ${words(`there is no script: error (${code}): ${message}`)}${using};\nEND\n`;
  const tag = freeTag('updown', body);
  return `-- updown has emitted no script: it ended with an error.\n\\set ON_ERROR_STOP on\nDO ${tag}\n${body}${tag};\n`;
}
