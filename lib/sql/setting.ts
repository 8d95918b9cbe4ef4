import { UpdownError } from '../errors.ts';
import { toMilliseconds } from './duration.ts';
import { quoteIdent, quoteLiteral, sanitizeLine } from './quote.ts';
import { findUnseen } from './unseen.ts';

const settingName = /^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)?$/;
const refused = new Set([
  'standard_conforming_strings',
  'client_encoding',
  'session_authorization',
  'transaction_isolation',
  'transaction_deferrable',
  'session_replication_role',
  'transform_null_equals',
  'array_nulls',
  'updown.run',
  'updown.step',
]);

/** Throws `config` for a setting that can't be pinned. */
export function checkSetting(name: string, value: string): void {
  const key = name.toLowerCase();
  if (!settingName.test(key) || refused.has(key)) {
    throw new UpdownError('config', `"settings" can't pin "${name}"`, {
      hint: settingName.test(key)
        ? 'updown sets this one itself, or every step needs it as it is; a file may SET LOCAL it for its own SQL.'
        : 'Name a server setting, such as "search_path" or "app.tenant".',
    });
  }
  const unseen = key === 'search_path' || key === 'role' ? findUnseen(value) : undefined;
  if (unseen !== undefined) {
    throw new UpdownError('config', `"${sanitizeLine(value)}" holds ${unseen}, a character that is not seen`, {
      hint: `Take it out of "${key}": nobody could review the name.`,
    });
  }
  if (key === 'search_path') splitIdentifiers(value);
}

/** The right side of `SET name = …`; of a search path those of its schemas that are wanted. */
export function printSettingValue(
  name: string,
  value: string,
  isWanted: (schema: string) => boolean = () => true,
): string {
  if (name === 'search_path') {
    const schemas = splitIdentifiers(value).filter(isWanted);
    // No schema at all is written as one without a name.
    return (schemas.length === 0 ? [''] : schemas)
      .map((schema) => (schema === '' ? "''" : quoteIdent(schema)))
      .join(', ');
  }
  return /^\d+$/.test(value) ? value : quoteLiteral(value);
}

/** Whether a search path begins, or goes on, with whoever is asking. */
export function namesUser(path: string): boolean {
  return splitIdentifiers(path).includes('$user');
}

/** Whether two ways to write a setting mean the same. */
export function isSameSetting(name: string, one: string, other: string): boolean {
  return normalize(name, one) === normalize(name, other);
}

function normalize(name: string, value: string): string {
  if (name === 'search_path') return JSON.stringify(splitIdentifiers(value.trim() === '' ? '""' : value));
  const plain = value.toLowerCase().replace(/\s+/g, '');
  if (name === 'timezone') return plain.replace(/^etc\//, '');
  if (!/_(timeout|interval)$/.test(name)) return plain;
  return String(toMilliseconds(/^\d+$/.test(plain) && plain !== '0' ? `${plain}ms` : plain) ?? plain);
}

/** `app, "My Schema"` -> ['app', 'My Schema'], by the server's own rules: unquoted names fold to lower case. */
export function splitIdentifiers(list: string): readonly string[] {
  const names: string[] = [];
  const item = /\s*(?:"((?:[^"]|"")*)"|([^\s",]+))\s*(,|$)/y;
  for (let at = 0; at < list.length || at === 0; at = item.lastIndex) {
    item.lastIndex = at;
    const match = item.exec(list);
    if (match === null) {
      throw new UpdownError('config', `"${list}" is not a list of schema names`, {
        hint: 'Write it as in SET search_path: app, public',
      });
    }
    names.push(match[1]?.replaceAll('""', '"') ?? (match[2] ?? '').toLowerCase());
    if (match[3] === '') break;
  }
  return names;
}
