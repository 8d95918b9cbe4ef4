import type { UpdownError } from '../errors.ts';
import { redact } from '../libpq/redact.ts';
import { freeTag, quoteLiteral, sanitizeLine } from '../sql/quote.ts';

/**
 * A psql script in the place of one that could not be made, for a pipe into psql: it changes nothing, and fails with what the error says.
 * It is for psql whatever the flavor: a script for another client goes there by way of a file.
 */
export function renderFailure({ code, message, hint }: UpdownError): string {
  const words = (text: string): string => quoteLiteral(redact(sanitizeLine(text)));
  const using = hint === undefined ? '' : `, HINT = ${words(hint)}`;
  const body = `BEGIN\n  RAISE EXCEPTION USING MESSAGE = ${words(`there is no script: error (${code}): ${message}`)}${using};\nEND\n`;
  const tag = freeTag('updown', body);
  return `-- updown has emitted no script: it ended with an error.\n\\set ON_ERROR_STOP on\nDO ${tag}\n${body}${tag};\n`;
}
