import { printQuotedWord, quoteIdent, quoteWord } from '../sql/quote.ts';
import { schemaOption } from './name.ts';

/** Ends whatever row level security, forced or not, hides of a ledger. `s` is its schema, quoted. */
export function printDisabling(s: string): string {
  return ['journal', 'worker'].map((table) => `ALTER TABLE ${s}.${table} DISABLE ROW LEVEL SECURITY;`).join(' ');
}

/** What a role that did not make the ledger needs to migrate. */
export function printGrants(schema: string, role: string): string {
  return grantsFor(schema, role === '<role>' ? role : quoteIdent(role)).join(' ');
}

/** What one needs that only reads it. */
export function printReadGrants(schema: string, role: string): string {
  const s = quoteIdent(schema);
  const to = role === '<role>' ? role : quoteIdent(role);
  return [
    `GRANT USAGE ON SCHEMA ${s} TO ${to};`,
    `GRANT SELECT ON ${s}.journal, ${s}.worker, ${s}.applied, ${s}.unfinished, ${s}.lock_holders TO ${to};`,
  ].join(' ');
}

export function grantsFor(schema: string, role: string): readonly string[] {
  const s = quoteIdent(schema);
  return [
    `GRANT USAGE ON SCHEMA ${s} TO ${role};`,
    `GRANT SELECT, INSERT ON ${s}.journal, ${s}.worker TO ${role};`,
    `GRANT SELECT ON ${s}.applied, ${s}.unfinished, ${s}.lock_holders TO ${role};`,
  ];
}

/** The other way to the same rights: who has them runs a script. */
export function sayBootstrap(schema: string, role: string): string {
  return `Or have a role that may do so run the script of: updown upgrade --sql --bootstrap${schemaOption(schema)} --grant-to ${quoteWord(role)}`;
}

/** The role that asks, as a word of a command line, under `ownPath`. */
export const callerWord: string = printQuotedWord('current_user::text');
