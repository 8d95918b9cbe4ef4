import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { printSettingValue } from '../sql/setting.ts';
import type { RoleSettings, Shared, SharedNote } from './shared.ts';
import { type Changed, type IsOurs, isSame } from './shared-change.ts';

export function undoSettings(theirs: Shared, mine: Shared, isOurs: IsOurs): Changed {
  const all = new Map([...theirs.settings, ...mine.settings]);
  return [...all].flatMap(([key, { role, database }]): Changed => {
    const [then, now] = [theirs.settings.get(key), mine.settings.get(key)];
    if (isOurs('ROLE', role) || isOurs('DATABASE', database) || isSame(then, now)) return [];
    const at = role === null && database !== null ? alterDatabase(database) : alterRoleIn(role, database);
    const gone = (now?.settings ?? []).filter((setting) => !then?.settings.includes(setting));
    const lost = (then?.settings ?? []).filter((setting) => !now?.settings.includes(setting));
    const what = `settings of ${wordHolder({ role, database })}`;
    return [
      ...gone.map((setting) => ({ what, sql: `${at} RESET ${nameOfSetting(setting)}` })),
      ...lost.map((setting) => ({ what, sql: `${at} SET ${printSetting(setting)}` })),
    ];
  });
}

function alterDatabase(database: string): string {
  return `ALTER DATABASE ${quoteIdent(database)}`;
}

function alterRoleIn(role: string | null, database: string | null): string {
  const within = database === null ? '' : ` IN DATABASE ${quoteIdent(database)}`;
  return `ALTER ROLE ${role === null ? 'ALL' : quoteIdent(role)}${within}`;
}

function wordHolder({ role, database }: Pick<RoleSettings, 'role' | 'database'>): string {
  const of = role === null ? 'all roles' : `role ${role}`;
  return database === null ? of : role === null ? `database ${database}` : `${of} in database ${database}`;
}

/** The name contains no equals sign. The value may. */
export function nameOfSetting(setting: string): string {
  return setting.slice(0, setting.indexOf('='));
}

function printSetting(setting: string): string {
  const name = nameOfSetting(setting);
  return `${name} TO ${printSettingValue(name, setting.slice(name.length + 1))}`;
}

export function undoNotes(
  verb: 'COMMENT' | 'SECURITY LABEL',
  theirs: ReadonlyMap<string, SharedNote>,
  mine: ReadonlyMap<string, SharedNote>,
  isOurs: IsOurs,
): Changed {
  return [...new Map([...theirs, ...mine])].flatMap(([key, { kind, name, provider }]): Changed => {
    const [then, now] = [theirs.get(key), mine.get(key)];
    if (isOurs(kind, name) || isSame(then, now)) return [];
    const by = provider === '' ? '' : ` FOR ${quoteIdent(provider)}`;
    const text = then === undefined ? 'NULL' : quoteLiteral(then.text);
    const what = `${verb.toLowerCase()} of ${kind.toLowerCase()} ${name}`;
    return [{ what, sql: `${verb}${by} ON ${kind} ${quoteIdent(name)} IS ${text}` }];
  });
}
