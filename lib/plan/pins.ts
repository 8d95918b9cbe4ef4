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
const printed = { 'SET LOCAL': new WeakMap<Pins, string>(), SET: new WeakMap<Pins, string>() };

/** One SET a line. The role is left out: the ledger is written by who connected, only the file runs as another role. */
export function printPins(pins: Pins, scope: 'SET LOCAL' | 'SET'): string {
  const text = printed[scope].get(pins) ?? printLines(pins, scope);
  printed[scope].set(pins, text);
  return text;
}

function printLines(pins: Pins, scope: string): string {
  return [...pins]
    .filter(([name]) => name !== 'role')
    .map(([name, value]) => `${scope} ${name} = ${printSettingValue(name, value)};\n`)
    .join('');
}

export function printRole(pins: Pins, scope: 'SET LOCAL' | 'SET'): string {
  const role = pins.get('role');
  return role === undefined ? '' : `${scope} ROLE ${quoteIdent(role)};\n`;
}
