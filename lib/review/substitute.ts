import type { Node } from '../sql/parser.ts';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import { parseLoosely } from './parsed.ts';
import type { Made, Shared } from './shared.ts';

/** How a scratch server runs a statement that changes the whole server and can't be rolled back. */
export type Substitute =
  | { readonly kind: 'as is' }
  /** The text to send instead of the statement. */
  | { readonly kind: 'run'; readonly text: string; readonly making?: Pick<Made, 'kind' | 'name'> }
  /** The statement is not run, because its effect could not be undone. */
  | { readonly kind: 'left out'; readonly object: string; readonly reason: string };

export interface SubstituteInput {
  readonly made: readonly Made[];
  readonly there: Shared;
  readonly major: number;
  readonly isSuperuser: boolean;
}

/** Decides how the statement is run. Pure. */
export function decideSubstitute({ text, label, trace }: Statement, input: SubstituteInput): Substitute {
  if (label === 'ALTER SYSTEM') return leaveOut(label, 'it would change the configuration of the whole server');
  const [node] = parseLoosely(text) ?? [];
  const moved = node === undefined ? undefined : movedDatabase(node);
  if (moved !== undefined && isOfOthers('database', moved, input))
    return leaveOut(`${label} ${moved}`, 'the database is not one that the files made');
  if (trace?.kind !== 'object') return { kind: 'as is' };
  if (trace.catalog === 'subscription') return trace.action === 'create' ? subscribe(node, text) : { kind: 'as is' };
  const { catalog, name } = trace;
  return trace.action === 'drop'
    ? dropApart({ catalog, name, label, text }, input)
    : makeApart({ catalog, name, node, text }, input);
}

interface Apart {
  readonly catalog: 'database' | 'tablespace';
  readonly name: string;
  readonly text: string;
}

function dropApart(
  { catalog, name, label, text }: Apart & { readonly label: string },
  input: SubstituteInput,
): Substitute {
  if (!isOfOthers(catalog, name, input)) return { kind: 'run', text };
  return leaveOut(`${label} ${name}`, `the ${catalog} is not one that the files made`);
}

function makeApart(
  { catalog, name, node, text }: Apart & { readonly node: Node | undefined },
  input: SubstituteInput,
): Substitute {
  if (thereOf(catalog, input).has(name)) return { kind: 'as is' };
  return { kind: 'run', text: (node && inPlace(node, input)) ?? text, making: { kind: catalog, name } };
}

function thereOf(catalog: Apart['catalog'], { there }: Pick<SubstituteInput, 'there'>): Shared['databases'] {
  return catalog === 'database' ? there.databases : there.tablespaces;
}

function leaveOut(object: string, reason: string): Substitute {
  return { kind: 'left out', object, reason };
}

function isOfOthers(catalog: Apart['catalog'], name: string, { made, there }: SubstituteInput): boolean {
  const one = thereOf(catalog, { there }).get(name);
  return one !== undefined && !made.some(({ kind, oid }) => kind === catalog && oid === one.oid);
}

/** ALTER DATABASE … SET TABLESPACE copies all of its files. */
function movedDatabase(node: Node): string | undefined {
  if (!('AlterDatabaseStmt' in node)) return undefined;
  const { dbname, options = [] } = node.AlterDatabaseStmt;
  const moves = options.some((option) => 'DefElem' in option && option.DefElem.defname === 'tablespace');
  return moves ? dbname : undefined;
}

/** The directory of production does not exist here. A tablespace in the server's own data directory serves as well. */
function inPlace(node: Node, { major, isSuperuser }: SubstituteInput): string | undefined {
  if (!('CreateTableSpaceStmt' in node) || major < 15 || !isSuperuser) return undefined;
  const { tablespacename = '', owner } = node.CreateTableSpaceStmt;
  const of = owner?.rolename === undefined ? '' : ` OWNER ${quoteIdent(owner.rolename)}`;
  return `CREATE TABLESPACE ${quoteIdent(tablespacename)}${of} LOCATION ''`;
}

/** CREATE SUBSCRIPTION must neither connect to the publisher nor create a slot there. */
function subscribe(node: Node | undefined, text: string): Substitute {
  if (node === undefined || !('CreateSubscriptionStmt' in node))
    return leaveOut('CREATE SUBSCRIPTION', 'it would connect to the publisher');
  const { subname = '', conninfo = '', publication = [], options = [] } = node.CreateSubscriptionStmt;
  const isApart = options.some((option) => 'DefElem' in option && option.DefElem.defname === 'connect');
  if (isApart) return { kind: 'run', text };
  const names = publication.flatMap((one) => ('String' in one ? [quoteIdent(one.String.sval ?? '')] : []));
  return {
    kind: 'run',
    text: `CREATE SUBSCRIPTION ${quoteIdent(subname)} CONNECTION ${quoteLiteral(conninfo)} PUBLICATION ${names.join(', ')} WITH (connect = false, slot_name = NONE)`,
  };
}
