import { UpdownError } from '../errors.ts';

/**
 * The url or string itself, without what files and secret stores leave around it: blanks and line ends, a byte order mark, a pair of
 * quotes, a remark behind it as in a .env file. `source` is where it stands, for a person.
 */
export function readTargetText(text: string, source = 'The database url'): string {
  const bare = takeQuotes(takeRemark(text.replace(/^\uFEFF/, '').trim())).trim();
  if (bare === '')
    throw refuse(source, 'is set, but empty', 'Set it to the url of the database (is a secret missing?), or unset it.');
  if (/[\r\n]/.test(bare)) throw refuse(source, 'has a line break within it', 'Write it on one line.');
  const assigned = /^(?:export\s+|set\s+|\$env:)?([A-Z][A-Z_]*_?(?:URL|URI|DSN))\s*=/.exec(bare)?.[1];
  if (assigned !== undefined)
    throw refuse(source, `begins with "${assigned}="`, 'Give only the part after the "=", without quotes.');
  if (/^psql\s/.test(bare)) throw refuse(source, 'begins with "psql"', 'Give only the url, without psql and quotes.');
  return bare;
}

/** A blank before "#" can't be part of a url. In a string of `name=value` a remark is an error by itself. */
function takeRemark(text: string): string {
  return /^["']?[a-z][\w+.-]*:/i.test(text) ? text.replace(/\s+#.*$/s, '') : text;
}

function takeQuotes(text: string): string {
  return /^(["'`])(.*)\1$/s.exec(text)?.[2] ?? text;
}

/** Shows nothing of it (F65). */
function refuse(source: string, problem: string, hint: string): UpdownError {
  return new UpdownError('config', `${source} ${problem}`, { hint });
}
