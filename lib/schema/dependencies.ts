import { ownQuestion, SendError, type Session } from '../database/session.ts';
import { ownReading } from '../ledger/setting.ts';
import { quoteRelation } from '../sql/quote.ts';
import type { Whole } from './change.ts';
import type { Kind, NameOf } from './kind.ts';
import type { Name, RoutineName } from './name.ts';

/** An object, or a part of one, by a text that is the same for the same thing. */
export type Node = string;

/** What each object can't be without: PostgreSQL refuses to drop that before it. */
export type Dependencies = ReadonlyMap<Node, ReadonlySet<Node>>;

/** The node of what a change is about. */
export function nodeOf(kind: Kind, name: NameOf<Kind>, of?: Whole): Node {
  if (of !== undefined) return nodeOfPart(kind, name as string, of);
  if (typeof name === 'string') return toNode(kind, name);
  if (types.has(kind)) return toNode('type', quoteRelation(name as Name));
  return nodeOfName(kind, name);
}

/** What a thing is called says what it is called by. */
function nodeOfName(kind: Kind, name: Exclude<NameOf<Kind>, string>): Node {
  if ('arguments' in name) return toNode('routine', name.schema, name.name, (name as RoutineName).arguments);
  if ('method' in name) return toNode(kind, name.method, name.schema, name.name);
  if ('left' in name) return toNode(kind, name.schema, name.name, name.left ?? 'NONE', name.right ?? 'NONE');
  if ('source' in name) return toNode(kind, name.source, name.target);
  if ('language' in name) return toNode(kind, name.type, name.language);
  if ('server' in name) return toNode(kind, name.role ?? 'public', name.server);
  if ('name' in name) return toNode(relations.has(kind) ? 'relation' : kind, name.schema, name.name);
  return toNode(kind, JSON.stringify(name));
}

const types: ReadonlySet<Kind> = new Set(['enum', 'domain', 'composite', 'range', 'base-type']);
const relations: ReadonlySet<Kind> = new Set(['table', 'view', 'materialized-view', 'foreign-table', 'sequence']);

function nodeOfPart(kind: Kind, name: string, of: Whole): Node {
  const whole = of.name as Name;
  if (kind === 'attribute') return toNode('type', quoteRelation(whole));
  if (of.kind === 'domain') return toNode('constraint', quoteRelation(whole), name);
  if (kind === 'index') return toNode('relation', whole.schema, name);
  return toNode(kind, whole.schema, whole.name, name);
}

/** The default of a column: PostgreSQL has it as an object of its own. */
export function nodeOfDefault({ schema, name }: Name, column: string): Node {
  return toNode('default', schema, name, column);
}

/** The default of a domain, and what a view reads: PostgreSQL has both as the domain's and the view's own. */
export function nodeOfDomainDefault({ schema, name }: Name): Node {
  return toNode('domain-default', schema, name);
}

export function nodeOfDefinition({ schema, name }: Name): Node {
  return toNode('definition', schema, name);
}

/** `column`, `default`, `routine` and the like: the first part of its text, which needs no escape. */
export function kindOfNode(node: Node): string {
  return node.slice(2, node.indexOf('"', 2));
}

/** The column that it is the default of; any other node as it is. */
export function columnOfDefault(node: Node): Node {
  return kindOfNode(node) === 'default' ? `["column"${node.slice('["default"'.length)}` : node;
}

/** Of a column. */
export function defaultOfColumn(node: Node): Node {
  return `["default"${node.slice('["column"'.length)}`;
}

function toNode(...parts: readonly string[]): Node {
  return JSON.stringify(parts);
}

/** What a part can't be without, by its own name. */
export function wholeOf(node: Node): Node | undefined {
  const [kind = '', schema = '', name = ''] = JSON.parse(node) as readonly string[];
  if (!partKinds.has(kind)) return undefined;
  return (JSON.parse(node) as unknown[]).length === 3 ? toNode('type', schema) : toNode('relation', schema, name);
}

const partKinds: ReadonlySet<string> = new Set(['column', 'constraint', 'trigger', 'rule', 'policy', 'default']);

/** As pg_identify_object_as_address has it. */
type Address = readonly [type: string, names: readonly string[], args: readonly string[]];

/**
 * Reads what depends on what, apart from what extensions have brought. It says in which order things are dropped and made, and nothing else:
 * where others drop something at the same moment it is empty.
 */
export async function readDependencies(session: Session): Promise<Dependencies> {
  return ask(session, { begin: 'BEGIN READ ONLY;', commit: 'COMMIT;', rollback: 'ROLLBACK' });
}

/** The same in the middle of a transaction, which goes on as it was. */
export async function readDependenciesWithin(session: Session): Promise<Dependencies> {
  const back = 'ROLLBACK TO SAVEPOINT updown_dependencies; RELEASE SAVEPOINT updown_dependencies;';
  return ask(session, { begin: 'SAVEPOINT updown_dependencies;', commit: back, rollback: back });
}

interface Bracket {
  readonly begin: string;
  readonly commit: string;
  readonly rollback: string;
}

async function ask(session: Session, { begin, commit, rollback }: Bracket): Promise<Dependencies> {
  try {
    const sets = await session.send(`${begin}\n${ownReading}\n${dependenciesQuestion};\n${commit}\n`, ownQuestion);
    const [[row] = []] = sets;
    return toDependencies(JSON.parse(row?.values ?? '{"pairs":[],"things":[]}') as Answer);
  } catch (error) {
    if (!(error instanceof SendError) || error.lost) throw error;
    await session.send(rollback, ownQuestion);
    return new Map();
  }
}

/**
 * Joined here, and not there: a server without statistics of its catalogs takes minutes for that. The triggers of a foreign key are left out:
 * by them the table that is referred to would depend on the one that refers to it.
 */
export const dependenciesQuestion: string = `WITH pair AS MATERIALIZED (SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype = 'e' AS member
    FROM pg_catalog.pg_depend d WHERE d.objid >= 16384 AND d.refobjid >= 16384 AND NOT (
      d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
      AND EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.oid = d.objid AND t.tgisinternal))),
  thing AS (SELECT classid, objid, objsubid FROM pair WHERE NOT member UNION SELECT refclassid, refobjid, refobjsubid FROM pair)
  SELECT pg_catalog.json_build_object(
    'pairs', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(p.classid::text, p.objid::text, p.objsubid::text,
        p.refclassid::text, p.refobjid::text, p.refobjsubid::text, p.member)), '[]') FROM pair p),
    'things', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(t.classid::text, t.objid::text, t.objsubid::text,
        a.type, a.object_names, a.object_args)), '[]')
      FROM thing t CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(t.classid, t.objid, t.objsubid) a))::text AS values`;

interface Answer {
  /** Six numbers, and whether the first thing is a member of the extension that is the second one. */
  readonly pairs: readonly (readonly [string, string, string, string, string, string, boolean])[];
  readonly things: readonly (readonly [string, string, string, ...Address])[];
}

/** What needs a member of an extension needs the extension. */
function toDependencies({ pairs, things }: Answer): Dependencies {
  const nodes = new Map(
    things.map(([classid, objid, sub, ...address]) => [`${classid} ${objid} ${sub}`, nodeAt(address)] as const),
  );
  const extensions = new Map(
    pairs.flatMap(([classid, objid, , other, extension, , isMember]) =>
      isMember ? [[`${classid} ${objid}`, `${other} ${extension} 0`] as const] : [],
    ),
  );
  const found = new Map<Node, Set<Node>>();
  const add = (node: Node, other: Node) => {
    if (node === other) return;
    const known = found.get(node);
    if (known === undefined) found.set(node, new Set([other]));
    else known.add(other);
  };
  for (const [classid, objid, sub, otherClass, otherId, otherSub, isMember] of pairs) {
    if (isMember || extensions.has(`${classid} ${objid}`)) continue;
    const needed = extensions.get(`${otherClass} ${otherId}`) ?? `${otherClass} ${otherId} ${otherSub}`;
    const [node, other] = [nodes.get(`${classid} ${objid} ${sub}`), nodes.get(needed)];
    if (node === undefined || other === undefined) continue;
    add(node, other);
    for (const part of [node, other]) {
      const whole = wholeOf(part);
      if (whole !== undefined) add(part, whole);
    }
  }
  return found;
}

function nodeAt([type, names, args]: Address): Node | undefined {
  const [first = '', second = ''] = names;
  if (type === 'toast table') return undefined;
  // The columns of a composite type are attributes of it.
  if (type.startsWith('composite type')) return toNode('type', quoteRelation(toName(names)));
  if (type.endsWith(' column')) return toNode('column', ...names);
  if (type === 'rule' && names.at(-1) === '_RETURN') return toNode('relation', first, second);
  return special[type]?.(names, args) ?? nodeByType(type, names, args);
}

/** What has another name there. */
const special: Readonly<Record<string, (names: readonly string[], args: readonly string[]) => Node>> = {
  type: ([first = '']) => toNode('type', bare(first).replace(/(\[\])+$/, '')),
  domain: ([first = '']) => toNode('type', bare(first)),
  'domain constraint': ([first = ''], [own = '']) => toNode('constraint', first, own),
  'publication relation': (_, [publication = '']) => toNode('publication', publication),
  'publication namespace': (_, [publication = '']) => toNode('publication', publication),
  'operator of access method': (names) => toNode('operator-family', ...names.slice(0, 3)),
  'function of access method': (names) => toNode('operator-family', ...names.slice(0, 3)),
};

function nodeByType(type: string, names: readonly string[], args: readonly string[]): Node {
  const kind = kinds[type] ?? type.replaceAll(' ', '-');
  if (kind === 'routine') return toNode(kind, ...names, args.map(bare).join(', '));
  return toNode(kind, ...names.map(bare), ...args.map(bare));
}

/** What PostgreSQL calls otherwise there. */
const kinds: Readonly<Record<string, string>> = {
  table: 'relation',
  index: 'relation',
  sequence: 'relation',
  view: 'relation',
  'materialized view': 'relation',
  'foreign table': 'relation',
  function: 'routine',
  procedure: 'routine',
  aggregate: 'routine',
  'table constraint': 'constraint',
  'default value': 'default',
  'foreign-data wrapper': 'foreign-data-wrapper',
  server: 'foreign-server',
  'statistics object': 'statistics',
};

function toName([schema = '', name = '']: readonly string[]): Name {
  return { schema, name };
}

/** Types of pg_catalog are printed without it everywhere else. */
function bare(type: string): string {
  return type.replace(/^pg_catalog\./, '');
}
