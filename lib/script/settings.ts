import { UpdownError } from '../errors.ts';
import { limits, type StepSettings } from '../ledger/setting.ts';
import { packItems } from '../sql/pack.ts';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { isSameSetting, namesUser, printSettingValue, splitIdentifiers } from '../sql/setting.ts';
import type { Directives } from '../sql/source.ts';
import { joinCommands } from './block.ts';

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

/** Every setting that a step does not take as the session has it. */
export const pinnedNames: readonly string[] = [...defaults.keys(), ...limits];

/** What a step runs with, whatever the session says. */
export function pinnedValue(pins: Pins, name: string): string {
  return pins.get(name) ?? '0';
}

/** What `updown.json` says of settings. */
export interface Configured {
  readonly settings: Readonly<Record<string, string>>;
  readonly lockTimeout: string | undefined;
  readonly statementTimeout: string | undefined;
}

/**
 * The defaults, then what the connection itself asks for (options=, PGOPTIONS, a service), then `updown.json`. What those two say of the same
 * setting must be the same: neither is dropped in silence. Of what is not pinned, the session has what the connection asks for.
 */
export function pinSettings(configured: Configured, connection: Pins = new Map()): Pins {
  const asked = askedOf(connection);
  const own = listConfigured(configured);
  for (const [name, value] of own) {
    const other = asked.get(name);
    if (other !== undefined && !isSameSetting(name, other, value)) throw contradiction(name, other, value);
  }
  return new Map([...defaults, ...asked, ...own]);
}

/** What a connection asks for of the settings that are pinned. */
export function askedOf(connection: Pins): Pins {
  return new Map([...connection].filter(([name]) => pinnedNames.includes(name)));
}

/** What `updown.json` pins, by the server's names. */
export function listConfigured({ settings, lockTimeout, statementTimeout }: Configured): Pins {
  const pins = new Map<string, string>();
  if (lockTimeout !== undefined) pins.set('lock_timeout', lockTimeout);
  if (statementTimeout !== undefined) pins.set('statement_timeout', statementTimeout);
  for (const [name, value] of Object.entries(settings)) pins.set(name.toLowerCase(), value);
  return pins;
}

/** How `updown.json` says it. */
export function wordPin(name: string, value: string): string {
  if (name === 'lock_timeout') return `"lockTimeout": ${JSON.stringify(value)}`;
  if (name === 'statement_timeout') return `"statementTimeout": ${JSON.stringify(value)}`;
  return `"settings": { "${name}": ${JSON.stringify(value)} }`;
}

function contradiction(name: string, asked: string, value: string): UpdownError {
  return new UpdownError('config', `The connection asks for ${name} = ${asked}, and updown.json pins ${value}`, {
    hint: `Take it out of the connection (options=, PGOPTIONS or the service's options), or write ${wordPin(name, asked)} in updown.json.`,
  });
}

/** The pins a file's own directives change. */
export function pinFile(pins: Pins, directives: Directives): Pins {
  if (directives.lockTimeout === undefined && directives.statementTimeout === undefined) return pins;
  const own = new Map(pins);
  if (directives.lockTimeout !== undefined) own.set('lock_timeout', directives.lockTimeout);
  if (directives.statementTimeout !== undefined) own.set('statement_timeout', directives.statementTimeout);
  return own;
}

/** As the ledger's `pin` takes them. */
export function toStepSettings(pins: Pins): StepSettings {
  return Object.fromEntries(
    [...pins].map(([name, value]) => [name, name === 'search_path' ? splitIdentifiers(value) : value]),
  );
}

/** What a file's own directives say otherwise, as JSON. */
export function printOwnPins({ lockTimeout, statementTimeout }: Directives): string {
  return JSON.stringify({ lock_timeout: lockTimeout, statement_timeout: statementTimeout });
}

type Scope = 'SET LOCAL' | 'SET';

/**
 * As commands. The role is left out: the ledger is written by who connected, only the file runs as another role. `ledger` is the ledger's
 * schema, which "$user" never stands for.
 */
export function printPins(pins: Pins, scope: Scope, ledger?: string): string {
  return `${listSettings(pins, scope).join('')}${joinCommands(listConditions(pins, scope, ledger))}`;
}

function listSettings(pins: Pins, scope: Scope): readonly string[] {
  return [...pins]
    .filter(([name]) => name !== 'role')
    .map(([name, value]) => `${scope} ${name} = ${printSettingValue(name, value)};\n`);
}

function listConditions(pins: Pins, scope: Scope, ledger: string | undefined): readonly string[] {
  const names = limits.filter((name) => !pins.has(name)).map(quoteLiteral);
  const off = `PERFORM pg_catalog.set_config(name, '0', ${scope === 'SET LOCAL'})\n    FROM pg_catalog.unnest(ARRAY[\n${packItems(names, '      ')}]::pg_catalog.text[]) AS name\n    WHERE pg_catalog.current_setting(name, true) IS NOT NULL;\n`;
  return [off, ...listAside(pins, scope, ledger)];
}

/** A role of the ledger's name would have its tables made in the ledger. */
function listAside(pins: Pins, scope: Scope, ledger: string | undefined): readonly string[] {
  const path = pins.get('search_path') ?? '';
  if (ledger === undefined || !namesUser(path)) return [];
  const role = pins.get('role');
  if (role !== undefined && role !== ledger) return [];
  const set = `${scope} search_path = ${printSettingValue('search_path', path, (name) => name !== '$user')};`;
  if (role !== undefined) return [`${set}\n`];
  return [`IF current_user OPERATOR(pg_catalog.=) ${quoteLiteral(ledger)}::pg_catalog.name THEN ${set} END IF;\n`];
}

export function listRole(pins: Pins, scope: Scope): readonly string[] {
  const role = pins.get('role');
  return role === undefined ? [] : [`${scope} ROLE ${quoteIdent(role)};\n`];
}

export function printRole(pins: Pins, scope: Scope): string {
  return listRole(pins, scope).join('');
}
