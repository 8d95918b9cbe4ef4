import { quoteIdent } from '../sql/quote.ts';
import { printSettingValue } from '../sql/setting.ts';
import type { Directives } from '../sql/source.ts';

/** Settings pinned in every step, whatever the role, the database or the step before left behind (F30-F34). */
export type Pins = ReadonlyMap<string, string>;

const defaults: ReadonlyMap<string, string> = new Map([
  ['lock_timeout', '5s'],
  ['statement_timeout', '0'],
  ['idle_in_transaction_session_timeout', '60s'],
  ['search_path', '"$user", public'],
  // Decides whether timestamp -> timestamptz rewrites a table, and what the data becomes.
  ['timezone', 'UTC'],
  ['datestyle', 'ISO, MDY'],
  ['row_security', 'on'],
]);

export interface Timeouts {
  readonly lockTimeout: string | undefined;
  readonly statementTimeout: string | undefined;
}

export function pinSettings(settings: Readonly<Record<string, string>>, timeouts: Timeouts): Pins {
  const pins = new Map(defaults);
  if (timeouts.lockTimeout !== undefined) pins.set('lock_timeout', timeouts.lockTimeout);
  if (timeouts.statementTimeout !== undefined) pins.set('statement_timeout', timeouts.statementTimeout);
  for (const [name, value] of Object.entries(settings)) pins.set(name.toLowerCase(), value);
  return pins;
}

/** The pins a file's own directives change. */
export function pinFile(pins: Pins, directives: Directives): Pins {
  if (directives.lockTimeout === undefined && directives.statementTimeout === undefined) return pins;
  const own = new Map(pins);
  if (directives.lockTimeout !== undefined) own.set('lock_timeout', directives.lockTimeout);
  if (directives.statementTimeout !== undefined) own.set('statement_timeout', directives.statementTimeout);
  return own;
}

/** Most steps have the same. */
const listed = { 'SET LOCAL': new WeakMap<Pins, readonly string[]>(), SET: new WeakMap<Pins, readonly string[]>() };

/** One SET a line. The role is left out: the ledger is written by who connected, only the file runs as another role. */
export function listPins(pins: Pins, scope: 'SET LOCAL' | 'SET'): readonly string[] {
  const known = listed[scope].get(pins);
  if (known !== undefined) return known;
  const lines = [...pins]
    .filter(([name]) => name !== 'role')
    .map(([name, value]) => `${scope} ${name} = ${printSettingValue(name, value)};\n`);
  listed[scope].set(pins, lines);
  return lines;
}

export function printPins(pins: Pins, scope: 'SET LOCAL' | 'SET'): string {
  return listPins(pins, scope).join('');
}

export function listRole(pins: Pins, scope: 'SET LOCAL' | 'SET'): readonly string[] {
  const role = pins.get('role');
  return role === undefined ? [] : [`${scope} ROLE ${quoteIdent(role)};\n`];
}

export function printRole(pins: Pins, scope: 'SET LOCAL' | 'SET'): string {
  return listRole(pins, scope).join('');
}
