import { createHash } from 'node:crypto';
import { quoteIdent, quoteLiteral, quoteWord } from '../sql/quote.ts';

/** Which ledger: its schema in the database, and the project it belongs to. */
export interface LedgerName {
  readonly schema: string;
  readonly project: string;
}

/** The layout of the journal and what its routines are. A database with a higher number was written by a newer version and is refused (F40). */
export const ledgerFormat = 4;

/** What pg_stat_activity shows, for runs and scripts alike. */
export function applicationName(project: string): string {
  return `updown ${project}`;
}

/** Two-int advisory key: a product constant, and a hash of the ledger's schema, so that two ledgers never block each other (F27). */
export function lockKeys(schema: string): readonly [number, number] {
  return [0x7570646e, createHash('sha256').update(`${schema}.journal`).digest().readInt32BE(0)];
}

/** A table or view of the ledger as an expression of type regclass, which fails where it is not there. */
export function printRelation(schema: string, name: string): string {
  return `${quoteLiteral(`${quoteIdent(schema)}.${name}`)}::regclass`;
}

/** Where another schema than the default one is meant, that may have been said on the command line alone. */
export function schemaOption(schema: string): string {
  return schema === 'updown' ? '' : ` --ledger-schema ${quoteWord(schema)}`;
}
