import type { Statement } from '../sql/source.ts';
import { type Block, begin, commit, resetAll } from './block.ts';
import { listRole, type Pins, printRole } from './settings.ts';

/**
 * Who a statement of a file runs as. Whoever that is: what reads or writes the ledger runs as who connected, and what the path of the file
 * finds is what it finds for the file's role.
 */
export interface Force {
  /** As pinned, and then all that the file has said of it, for a transaction. Empty for who connected. */
  readonly sets: string;
  /** Something in the file may have set another one: a DO, or a SELECT of set_config. */
  readonly isHidden: boolean;
}

export const roleSetting: RegExp = /^(SET|RESET)\s+((SESSION|LOCAL)\s+)?(ROLE|AUTHORIZATION)\b/i;

/** Before a statement, and behind it in its own transaction. */
export interface Around {
  readonly before: Force;
  readonly behind: Force;
}

/** Of each statement, and of what comes behind the last. */
export function followRole(
  statements: readonly Statement[],
  pins: Pins,
): { readonly each: readonly Around[]; readonly last: Force } {
  const pinned: Force = { sets: printRole(pins, 'SET LOCAL'), isHidden: false };
  let last = pinned;
  const each = statements.map((statement) => {
    const [before, behind] = [last, roleBehind(statement, last, pinned)];
    if (!isLocal(statement)) last = behind;
    return { before, behind };
  });
  return { each, last };
}

/** It ends with the transaction of its statement. */
function isLocal({ text, session, setsUnseen }: Statement): boolean {
  if (roleSetting.test(text)) return /^SET\s+LOCAL\b/i.test(text);
  return !session && !setsUnseen && !resetAll.test(text);
}

function roleBehind({ text, session, setsUnseen }: Statement, before: Force, pinned: Force): Force {
  if (roleSetting.test(text)) return { sets: `${loginsFor(text, before)}${text};\n`, isHidden: false };
  // What the step pinned is said again behind it. RESET ALL leaves the role as it is, DISCARD ALL does not.
  if (/^DISCARD\s+ALL\b/i.test(text)) return pinned;
  if (resetAll.test(text) && pinned.sets !== '') return { ...before, sets: `${loginsIn(before)}${pinned.sets}` };
  const mayBe = session || setsUnseen || /\b(set_config|LOCAL)\b/i.test(text);
  return mayBe && /\b(role|session_authorization)\b/i.test(text) ? { ...before, isHidden: true } : before;
}

/** A role takes the place of the one before, which may be gone by now; who logged in stays under it. */
function loginsFor(text: string, before: Force): string {
  return isLogin(text) ? '' : loginsIn(before);
}

function loginsIn({ sets }: Force): string {
  return sets.match(/^.*\bAUTHORIZATION\b.*;\n/gim)?.at(-1) ?? '';
}

function isLogin(text: string): boolean {
  return /\bAUTHORIZATION\b/i.test(text);
}

function isWhoConnected(force: Force | undefined): boolean {
  return force === undefined || (force.sets === '' && !force.isHidden);
}

/** In a transaction, as who connected; its end brings the role back. `keep` is done before, as the file's role. */
export function standAside(force: Force | undefined, keep = ''): string {
  if (force === undefined || isWhoConnected(force)) return '';
  const login = force.isHidden || isLogin(force.sets) ? 'SET LOCAL SESSION AUTHORIZATION DEFAULT;\n' : '';
  return `${keep}${login}SET LOCAL role TO DEFAULT;\n`;
}

/** The file's role again, in the same transaction, behind `keepRole` where nothing here tells which that is. */
export function takeBack(force: Force | undefined): string {
  return force?.isHidden ? roleAsKept : (force?.sets ?? '');
}

export const keepRole: string = `DO $updown$ BEGIN PERFORM pg_catalog.set_config('updown.login', session_user::pg_catalog.text, true),
  pg_catalog.set_config('updown.role', pg_catalog.current_setting('role'), true); END $updown$;
`;

const roleAsKept = `DO $updown$ BEGIN
  PERFORM pg_catalog.set_config('session_authorization', pg_catalog.current_setting('updown.login'), true),
    pg_catalog.set_config('role', pg_catalog.current_setting('updown.role'), true); END $updown$;
`;

/** As a command of PL/pgSQL: names are looked up by the path as it is for the file's role: "$user" would be another schema for who connected. */
export const pathOfRole: string = `PERFORM pg_catalog.set_config('search_path', coalesce((
  SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s), ', ')
    FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) AS s),
  ''), true);
`;

export const keepPath: string = `DO $updown$ BEGIN ${pathOfRole.trimEnd()} END $updown$;\n`;

/** As commands of PL/pgSQL at the end of a file that may run as another role. */
export function keepPathOf(statements: readonly Statement[], pins: Pins): readonly string[] {
  return isWhoConnected(followRole(statements, pins).each.at(-1)?.behind) ? [] : [pathOfRole];
}

/** As commands of PL/pgSQL: what the pinned role's path finds, for who connected. */
export function lookAs(pins: Pins): readonly string[] {
  const role = listRole(pins, 'SET LOCAL');
  return role.length === 0 ? [] : [...role, pathOfRole, 'SET LOCAL role TO DEFAULT;\n'];
}

/** A question to the ledger, where the role in force may not be one that may ask. What is to be sent by its answer is sent as that role. */
export function askAside(block: Block, force: Force | undefined): Block {
  const aside = standAside(force, keepPath);
  if (aside === '') return block;
  const parts = [`${begin}${aside}`, block.text, `;\n${commit}`];
  return { ...block, text: parts.join(''), parts };
}
