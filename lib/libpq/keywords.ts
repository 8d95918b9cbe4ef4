import { UpdownError } from '../errors.ts';
import { isParameter } from './parameter.ts';
import type { Given } from './setting.ts';

/** Whether it is libpq's other form, `host=… dbname=…`. A url of any kind is not. */
export function isKeywords(text: string): boolean {
  return /^\s*\w+\s*=/.test(text);
}

/** One `name=value` by libpq's rules: blanks may stand around "="; in a value a backslash takes the next character as it is. */
const pair =
  /[ \t-\r]*([^ \t-\r=]*)[ \t-\r]*=[ \t-\r]*(?:'((?:\\[\s\S]|[^'\\])*)'|(?!')((?:\\[\s\S]|[^ \t-\r\\])*)\\?)[ \t-\r]*/y;

/** As .NET and ODBC write it: read by our rules, the first value would hold all the others, a password among them. */
const separated = /^\s*(host|server|data source|driver|port|uid|user( id|name)?|database)\s*=[^;'\s]*;\s*[\w ]+=/i;

export function parseKeywords(text: string): Given {
  if (separated.test(text)) refuse('";" stands between its parts');
  const given: [string, string][] = [];
  pair.lastIndex = 0;
  while (pair.lastIndex < text.length) {
    const [, name = '', quoted, plain = ''] = pair.exec(text) ?? refuse('a quote is not closed, or a word has no "="');
    // A blank in a password that is not quoted: what follows is not to be shown (F65).
    if (!isParameter(name) && given.some(([before]) => before === 'password')) refuse('what follows its password');
    given.push([name, (quoted ?? plain).replace(/\\([\s\S])/g, '$1')]);
  }
  return given;
}

/** Shows nothing of it: what stands in the wrong place may be half a password (F65). */
function refuse(reason: string): never {
  throw new UpdownError('config', `The connection string is malformed: ${reason}`, {
    hint: "Write host=… port=… dbname=… user=…; a value with blanks stands in '…', and in it \\' is a quote and \\\\ a backslash.",
  });
}
