import { printCall, printJson } from '../sql/pack.ts';
import { printRegclass, quoteIdent, quoteLiteral, quoteRelation } from '../sql/quote.ts';
import type { IndexName, Statement } from '../sql/source.ts';

/** IF NOT EXISTS hides nothing (F24): at the end of the transaction that a CREATE INDEX was in. A table that has another name by now, or is gone, passes. */
export function listFoundChecks(schema: string, id: string, statements: readonly Statement[]): readonly string[] {
  return statements.flatMap((statement, index) => {
    // Of a file of a million statements, few are such.
    if (statement.found === undefined) return [];
    const { skipped, found, other } = printFoundChecks(schema, id, statement, index + 1);
    const asked = findAsked(statement, statements.slice(index + 1));
    return [...(asked.names ? skipped : []), ...found, ...(asked.shape ? other : [])];
  });
}

/** What can be asked at the end of the file, of a statement with these behind it. */
export function findAsked(
  statement: Statement,
  behind: readonly Statement[],
): { readonly names: boolean; readonly shape: boolean } {
  return { names: keepsNames(statement, behind), shape: keepsShape(statement, behind) };
}

/** Each one command, or none. */
export interface FoundChecks {
  /** Nothing but an index of the table has the name. */
  readonly skipped: readonly string[];
  /** What has the name is valid. */
  readonly found: readonly string[];
  /** And it is what the statement makes. */
  readonly other: readonly string[];
}

/** The same right behind the statement. */
export function printFoundChecks(schema: string, id: string, { found, line }: Statement, number: number): FoundChecks {
  const values = found && valuesOf(found, id, line, number);
  if (values === undefined) return { skipped: [], found: [], other: [] };
  const call = (name: string, ...more: readonly string[]) => [
    `CALL ${printCall(`${quoteIdent(schema)}.${name}`, [...values, ...more], '  ')};\n`,
  ];
  return {
    skipped: call('check_skipped'),
    found: call('check_found'),
    other: found?.shape === undefined ? [] : call('check_other', printJson(found.shape, '      ')),
  };
}

/** Of a build outside a transaction. What has its name and is no index of its table was there before: the server has skipped the statement. */
export function printSkippedCheck(schema: string, id: string, { index, line }: Statement, number: number): string {
  const values = index?.mayExist === true ? valuesOf(index, id, line, number) : undefined;
  return values === undefined ? '' : `CALL ${printCall(`${quoteIdent(schema)}.check_skipped`, values)};\n`;
}

function valuesOf({ table, name }: IndexName, id: string, line: number, number: number): readonly string[] | undefined {
  if (table === undefined || name === undefined) return undefined;
  return [quoteLiteral(id), `${number}`, `${line}`, printRegclass(quoteRelation(table)), quoteLiteral(name)];
}

/** Whether what has these names at the end of the file had them behind the statement as well: else a check says nothing of what it found. */
function keepsNames(statement: Statement, behind: readonly Statement[]): boolean {
  const names = namesOf(statement);
  return behind.every(
    ({ text }) => !moves.test(text) && !(mayRename.test(text) && names.some((name) => name.test(text))),
  );
}

/** Whether the index is still as its statement made it: a column may have another name by then. */
function keepsShape(statement: Statement, behind: readonly Statement[]): boolean {
  const names = namesOf(statement);
  return behind.every(
    ({ text }) =>
      !moves.test(text) && !retypes.test(text) && (letsBe.test(text) || !names.some((name) => name.test(text))),
  );
}

/** Of the index and its table. */
function namesOf({ found }: Statement): readonly RegExp[] {
  return [found?.name, found?.table?.name].flatMap((name) => (name === undefined ? [] : [nameIn(name)]));
}

/** As a word, in whatever case it is written. */
function nameIn(name: string): RegExp {
  return new RegExp(`(?<![\\w$])${name.replace(/[^\w\s]/g, '\\$&')}(?![\\w$])`, 'i');
}

/** A name goes to something else, or comes from it; what a block, a function or a query does is not looked into. */
const mayRename = /^(DROP|DO|CALL|SELECT|WITH|EXECUTE|EXPLAIN)\b|\bRENAME\s+TO\b|\bSET\s+SCHEMA\b/i;
/** Every name may mean something else by then. */
const moves = /\bsearch_path\b|^(DROP|ALTER)\s+SCHEMA\b|^DROP\s+OWNED\b/i;
const retypes = /^ALTER\s+(TYPE|DOMAIN)\b/i;
/** Whatever it names, no index that was there looks otherwise behind it. */
const letsBe = /^(CREATE|INSERT|UPDATE|DELETE|COMMENT|GRANT|REVOKE|SET)\b/i;
