import type { Node } from '../sql/parser.ts';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import { parseLoosely } from './parsed.ts';
import type { Made, Shared } from './shared.ts';

/** What becomes, on a scratch server, of a statement that is for the whole server and takes no part in a transaction. */
export type Aside =
  | { readonly kind: 'as is' }
  /** It is sent in these words. */
  | { readonly kind: 'run'; readonly text: string; readonly making?: Pick<Made, 'kind' | 'name'> }
  /** It could not be put back. */
  | { readonly kind: 'left out'; readonly object: string; readonly reason: string };

export interface Ground {
  readonly made: readonly Made[];
  readonly there: Shared;
  readonly major: number;
  readonly isSuperuser: boolean;
}

/** Pure. */
export function decideAside({ text, label, trace }: Statement, ground: Ground): Aside {
  if (label === 'ALTER SYSTEM') return leaveOut(label, 'it would change the configuration of the whole server');
  const [node] = parseLoosely(text) ?? [];
  const moved = node === undefined ? undefined : movedDatabase(node);
  if (moved !== undefined && isOfOthers('database', moved, ground))
    return leaveOut(`${label} ${moved}`, 'the database is not one that the files made');
  if (trace?.kind !== 'object') return { kind: 'as is' };
  if (trace.catalog === 'subscription') return trace.action === 'create' ? subscribe(node, text) : { kind: 'as is' };
  const { catalog, name } = trace;
  return trace.action === 'drop'
    ? dropApart({ catalog, name, label, text }, ground)
    : makeApart({ catalog, name, node, text }, ground);
}

interface Apart {
  readonly catalog: 'database' | 'tablespace';
  readonly name: string;
  readonly text: string;
}

function dropApart({ catalog, name, label, text }: Apart & { readonly label: string }, ground: Ground): Aside {
  if (!isOfOthers(catalog, name, ground)) return { kind: 'run', text };
  return leaveOut(`${label} ${name}`, `the ${catalog} is not one that the files made`);
}

function makeApart({ catalog, name, node, text }: Apart & { readonly node: Node | undefined }, ground: Ground): Aside {
  if (thereOf(catalog, ground).has(name)) return { kind: 'as is' };
  return { kind: 'run', text: (node && inPlace(node, ground)) ?? text, making: { kind: catalog, name } };
}

function thereOf(catalog: Apart['catalog'], { there }: Pick<Ground, 'there'>): Shared['databases'] {
  return catalog === 'database' ? there.databases : there.tablespaces;
}

function leaveOut(object: string, reason: string): Aside {
  return { kind: 'left out', object, reason };
}

function isOfOthers(catalog: Apart['catalog'], name: string, { made, there }: Ground): boolean {
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

/** The folder that production has is not there; in the server's own folder the tablespace is as good for what is made in it. */
function inPlace(node: Node, { major, isSuperuser }: Ground): string | undefined {
  if (!('CreateTableSpaceStmt' in node) || major < 15 || !isSuperuser) return undefined;
  const { tablespacename = '', owner } = node.CreateTableSpaceStmt;
  const of = owner?.rolename === undefined ? '' : ` OWNER ${quoteIdent(owner.rolename)}`;
  return `CREATE TABLESPACE ${quoteIdent(tablespacename)}${of} LOCATION ''`;
}

/** It would connect to the publisher and make a slot there. */
function subscribe(node: Node | undefined, text: string): Aside {
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
