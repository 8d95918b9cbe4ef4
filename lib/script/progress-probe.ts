import { printCall, printJson } from '../sql/pack.ts';
import { printRegclass, quoteIdent, quoteLiteral, quoteRelation } from '../sql/quote.ts';
import type { IndexName, Statement } from '../sql/source.ts';
import type { Block } from './block.ts';
import { printFoundChecks, printSkippedCheck } from './found-index.ts';
import type { StepInput } from './step.ts';

/** A statement outside a transaction of which nothing can be seen afterwards: whether it has run, only a person can tell. */
export function isBlind(statement: Statement): boolean {
  if (statement.transactional && !statement.mayCommit) return false;
  return statement.index === undefined && statement.trace === undefined;
}

/** One of which only a person can tell if something is there that it may have made, or somebody else: an index that it does not name. */
export function isDoubtful({ index }: Statement): boolean {
  return index?.action === 'create' && index.name === undefined;
}

/** Takes away, or brings to its end, what a broken off statement left half done. */
export function printGenerate(
  { id, ledger }: StepInput,
  { index, trace }: Statement,
  number: number,
): Block | undefined {
  const s = quoteIdent(ledger.schema);
  if (index?.action === 'create' && index.table) {
    return generate(
      `SELECT pg_catalog.format('DROP INDEX CONCURRENTLY %s', index)\n  FROM ${printFind(s, id, index, number, false)}\n  AS index`,
    );
  }
  if (index?.action === 'reindex') {
    return generate(
      `SELECT pg_catalog.format('DROP INDEX CONCURRENTLY %s', index)\n  ${printCall(`FROM ${s}.find_leftovers`, scopeOf(index), '  ')}\n  AS index`,
    );
  }
  if (trace?.kind === 'detach') {
    const [parent, partition] = [trace.parent, trace.partition].map(quoteRelation) as [string, string];
    const [table, detach] = [`ALTER TABLE ${parent} `, `DETACH PARTITION ${partition} FINALIZE`].map(quoteLiteral);
    const finalize = `pg_catalog.concat(${table},\n    ${detach})`;
    return generate(
      `SELECT ${finalize}\n  WHERE ${printCall(`${s}.is_detaching`, [printRegclass(parent), printRegclass(partition)], '  ')}`,
    );
  }
  return undefined;
}

/** Whether it has run, of what is not simply run again. */
export function printProbe({ id, ledger }: StepInput, statement: Statement, number: number): Block | undefined {
  const s = quoteIdent(ledger.schema);
  const { index } = statement;
  if (index?.action === 'create' && index.table)
    return probe(`EXISTS (\n  SELECT FROM ${printFind(s, id, index, number, true)})`);
  const thing = thingOf(statement);
  if (thing === undefined) return undefined;
  const key = quoteLiteral(keyOf(thing));
  return probe(printCall(`${s}.has_become`, [quoteLiteral(id), key, printIsThere(s, thing), `${thing.made}`], '  '));
}

/** Whether it shows that the statement has run, as a condition; undefined where nothing does, or `check_index` looks closer. */
export function printOutcome(schema: string, statement: Statement): string | undefined {
  const thing = thingOf(statement);
  return thing && `${thing.made ? '' : 'NOT '}${printIsThere(quoteIdent(schema), thing)}`;
}

/** What a statement makes or takes away as a whole, so that its being there tells whether the statement has run. */
export interface Thing {
  readonly kind: 'index' | 'partition' | 'database' | 'tablespace' | 'subscription';
  readonly name: string;
  readonly parent?: string | undefined;
  readonly made: boolean;
}

export function thingOf({ index, trace }: Statement): Thing | undefined {
  if (index?.action === 'drop' && index.name !== undefined)
    return { kind: 'index', name: quoteRelation({ ...index, name: index.name }), made: false };
  if (trace?.kind === 'object') return { kind: trace.catalog, name: trace.name, made: trace.action === 'create' };
  if (trace?.kind !== 'detach') return undefined;
  return { kind: 'partition', name: quoteRelation(trace.partition), parent: quoteRelation(trace.parent), made: false };
}

export function keyOf({ kind, name, parent }: Thing): string {
  return `${kind} ${name}${parent === undefined ? '' : ` of ${parent}`}`;
}

export function printIsThere(s: string, { kind, name, parent }: Thing): string {
  if (kind === 'index') return `(${printRegclass(name)} IS NOT NULL)`;
  if (parent !== undefined) return printCall(`${s}.is_partition`, [printRegclass(parent), printRegclass(name)], '    ');
  return `${s}.is_there('${kind}', ${quoteLiteral(name)})`;
}

/** Before a build is recorded: there it is, and valid, and no other that IF NOT EXISTS has found. */
export function printIndexCheck({ id, ledger }: StepInput, statement: Statement, number: number): string {
  const { schema } = ledger;
  if (statement.found !== undefined) {
    const { skipped, found, other } = printFoundChecks(schema, id, statement, number);
    return [...skipped, ...found, ...other].join('');
  }
  return printBuiltCheck(schema, id, statement, { number, mayExist: statement.index?.mayExist === true });
}

/** `mayExist`: the index of that name may be another one than the statement's. */
export function printBuiltCheck(
  schema: string,
  id: string,
  statement: Statement,
  { number, mayExist }: { readonly number: number; readonly mayExist: boolean },
): string {
  const { index } = statement;
  if (index?.action !== 'create' || index.table === undefined) return '';
  return `${printSkippedCheck(schema, id, statement, number)}CALL ${printCall(`${quoteIdent(schema)}.check_index`, [...newIndex(id, index), ...(mayExist ? ['true'] : [])])};\n`;
}

function generate(query: string): Block {
  return { kind: 'generate', text: query };
}

function probe(condition: string): Block {
  return { kind: 'probe', text: `SELECT ${condition}\n  AS updown_built` };
}

function printFind(s: string, id: string, index: IndexName, number: number, finished: boolean): string {
  return printCall(`${s}.find_indexes`, [...newIndex(id, index), `${number}`, `${finished}`], '  ');
}

/** Which index of which revision, as arguments. */
function newIndex(id: string, { table, name, shape }: IndexName): readonly string[] {
  return [
    quoteLiteral(id),
    printRegclass(table ? quoteRelation(table) : ''),
    name === undefined ? 'NULL' : quoteLiteral(name),
    shape === undefined ? 'NULL' : printJson(shape, '    '),
  ];
}

/** What `find_leftovers` looks at. */
function scopeOf({ schema, name, table }: IndexName): readonly string[] {
  if (table) return [`'table'`, printRegclass(quoteRelation(table)), 'NULL'];
  if (name !== undefined) return [`'index'`, printRegclass(quoteRelation({ schema, name })), 'NULL'];
  return schema === undefined ? [`'all'`, 'NULL', 'NULL'] : [`'schema'`, 'NULL', quoteLiteral(schema)];
}
