import { wordType } from '../sql/argument-types.ts';
import { inspect } from '../sql/gate.ts';
import { lex, type Token } from '../sql/lexer.ts';
import { placeAt } from '../sql/locate.ts';
import { type NodeBody, type NodeReaders, readNode } from '../sql/node-readers.ts';
import { type Node, parse } from '../sql/parser.ts';
import { readSql } from '../sql/read.ts';
import type { SqlSource } from '../sql/source.ts';
import type { Hint } from './hint.ts';
import type { Thing, ThingKind } from './thing.ts';

/** `-- updown: was app.orders` beside what is called otherwise now. */
const comment = /^--\s*updown:\s*was\s+(.+?)\s*$/i;

/**
 * Reads what the comments of a schema say of names. A comment is about what begins or ends on its line, or else about what comes next. What is left is
 * SQL with comments that ask for nothing, letter for letter as long.
 */
export function takeHints(text: string, file: string): { readonly source: SqlSource; readonly hints: readonly Hint[] } {
  if (!/updown:\s*was\s/i.test(text)) return { source: readSql(text, file), hints: [] };
  const found = [...lex(text)].flatMap((token) => {
    const [, old] = token.kind === 'comment' ? (comment.exec(text.slice(token.start, token.end)) ?? []) : [];
    return old === undefined ? [] : [{ old, token }];
  });
  const masked = found.reduce((rest, { token: { start, end } }) => mask(rest, start, end), text);
  const source = readSql(masked, file);
  const things = listNamed(source);
  const hints = found.map(({ old, token }): Hint => {
    // A place shows what stands there.
    const place = placeAt({ ...source, text }, token.start);
    return { old, now: findBeside(things, source.text, token), place };
  });
  return { source, hints };
}

function mask(text: string, start: number, end: number): string {
  return text.slice(0, start) + text.slice(start, end).replace(':', ' ') + text.slice(end);
}

/** A statement, or a part of one, which a comment may be next to. */
interface Named {
  readonly start: number;
  /** Where the statement ends. */
  readonly end: number;
  /** What it is, and what else it gives a name on the same line: the constraints of a column. None for what has no name, or always the same one. */
  readonly things: readonly Thing[];
  /** Whether it creates nothing: a comment before it is then about what follows it. */
  readonly isPassed?: boolean;
}

function findBeside(all: readonly Named[], text: string, { start }: Token): readonly Thing[] {
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const within = all.findLast((one) => one.start >= line && one.start < start && start < one.end);
  const before = all.findLast((one) => one.end >= line && one.end < start);
  // Behind the end of a statement it is about the whole of it.
  const own = within ?? all.find((one) => one.end === before?.end);
  if (own !== undefined) return own.things;
  const around = all.find((one) => one.start < start && start < one.end);
  const next = all.find((one) => one.start > start && one.isPassed !== true);
  const isWithin = around === undefined || (next !== undefined && next.start < around.end);
  return next !== undefined && isWithin ? next.things : [];
}

/** Each statement, what it makes, and the parts of that, in the order of the text. */
function listNamed(source: SqlSource): readonly Named[] {
  return inspect(source, { direction: 'up' }).statements.flatMap(({ start, end, label }): readonly Named[] => {
    const text = source.text.slice(start, end);
    const [statement] = [...parse({ file: source.file, text })];
    const named = statement === undefined ? undefined : readNode(statement.node, makers);
    if (named === undefined) return [{ start, end, things: [], isPassed: !label.startsWith('CREATE') }];
    const places = placesOf(text);
    const parts = named.parts.flatMap((part, index): readonly Named[] => {
      const at = places[index];
      if (at === undefined) return [];
      return part === undefined ? [{ start: start + at, end, things: [] }] : toNamed(part, { text, at, start, end });
    });
    return [...toNamed(named, { text, at: 0, start, end }), ...parts];
  });
}

interface Stand {
  /** Of the statement. */
  readonly text: string;
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** A constraint that begins a line is named by itself. */
function toNamed({ thing, inside = [] }: Part, { text, at, start, end }: Stand): readonly Named[] {
  const placed = inside.map(({ thing: one, byte }) => ({ one, place: toOffset(text, byte) }));
  const isApart = ({ place }: { readonly place: number }) => text.slice(at, place).includes('\n');
  const beside = placed.filter((one) => !isApart(one)).map(({ one }) => one);
  return [
    { start: start + at, end, things: [thing, ...beside] },
    ...placed.filter(isApart).map(({ one, place }) => ({ start: start + place, end, things: [one] })),
  ];
}

function toOffset(text: string, byte: number): number {
  return Buffer.from(text).subarray(0, byte).toString().length;
}

/** Where what stands between commas in the first brackets of a statement begins. */
function placesOf(text: string): readonly number[] {
  const places: number[] = [];
  let depth = 0;
  let isNext = false;
  for (const { kind, start, end } of lex(text)) {
    if (kind === 'comment') continue;
    const word = text.slice(start, end);
    if (isNext && word !== ')') places.push(start);
    isNext = false;
    if (word === '(') {
      depth++;
      isNext = depth === 1;
    } else if (word === ')') {
      depth--;
      if (depth === 0) break;
    } else if (word === ',' && depth === 1) isNext = true;
  }
  return places;
}

interface Part {
  readonly thing: Thing;
  /** Constraints that are named with it, and where, in bytes of the statement. */
  readonly inside?: readonly { readonly thing: Thing; readonly byte: number }[];
}

interface Whole extends Part {
  /** In the order of the text; undefined for what has no name. */
  readonly parts: readonly (Part | undefined)[];
}

type Relation = { readonly schemaname?: string | undefined; readonly relname?: string | undefined };
type Names = readonly Node[] | undefined;

/** What a statement names, by its kind. */
const makers: NodeReaders<Whole | undefined> = {
  CreateStmt: (table) => tableOf('table', table),
  CreateForeignTableStmt: ({ base }) => tableOf('foreign table', base ?? {}),
  ViewStmt: ({ view }) => alone('view', view),
  CreateTableAsStmt: ({ into }) => alone('materialized view', into?.rel),
  CreateSeqStmt: ({ sequence }) => alone('sequence', sequence),
  IndexStmt: ({ idxname, relation }) => alone('index', { schemaname: relation?.schemaname, relname: idxname }),
  CreateTrigStmt: ({ relation, trigname }) => ofTable('trigger', relation, trigname),
  CreatePolicyStmt: ({ table, policy_name }) => ofTable('policy', table, policy_name),
  RuleStmt: ({ relation, rulename }) => ofTable('rule', relation, rulename),
  AlterTableStmt: ({ relation, cmds = [] }) => {
    const [command] = cmds;
    const def = command !== undefined && 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined;
    return def !== undefined && 'Constraint' in def
      ? ofTable('constraint', relation, def.Constraint.conname)
      : undefined;
  },
  CreateEnumStmt: ({ typeName, vals }) => {
    const path = stringsOf(typeName);
    const parts = stringsOf(vals).map((label) => ({ thing: partOf('value', 'type', path, label) }));
    return { thing: { kind: 'type', path }, parts };
  },
  CompositeTypeStmt: ({ typevar, coldeflist = [] }) => {
    const path = pathOf(typevar);
    return { thing: { kind: 'type', path }, parts: coldeflist.map((one) => columnOf(one, 'attribute', 'type', path)) };
  },
  CreateDomainStmt: ({ domainname, constraints }) => {
    const path = stringsOf(domainname);
    return { thing: { kind: 'domain', path }, inside: constraintsOf(constraints, 'domain', path), parts: [] };
  },
  // A function may have the name of others, which take other arguments.
  CreateFunctionStmt: ({ funcname, is_procedure, parameters = [] }) => {
    const kind = is_procedure ? 'procedure' : 'function';
    return { thing: { kind, path: stringsOf(funcname), arguments: wordTypes(parameters) }, parts: [] };
  },
  DefineStmt: (statement) =>
    statement.kind === 'OBJECT_AGGREGATE'
      ? aggregateOf(statement)
      : plain(defined[String(statement.kind)], stringsOf(statement.defnames)),
  CreateSchemaStmt: ({ schemaname }) => plain('schema', [schemaname]),
  CreateRangeStmt: ({ typeName }) => plain('type', stringsOf(typeName)),
  CreateStatsStmt: ({ defnames }) => plain('statistics', stringsOf(defnames)),
  CreateConversionStmt: ({ conversion_name }) => plain('conversion', stringsOf(conversion_name)),
  CreateFdwStmt: ({ fdwname }) => plain('foreign data wrapper', [fdwname]),
  CreateForeignServerStmt: ({ servername }) => plain('server', [servername]),
  CreatePublicationStmt: ({ pubname }) => plain('publication', [pubname]),
  CreateSubscriptionStmt: ({ subname }) => plain('subscription', [subname]),
  CreateEventTrigStmt: ({ trigname }) => plain('event trigger', [trigname]),
};

/** Of what CREATE defines by a list of parameters. */
const defined: { readonly [kind: string]: ThingKind | undefined } = {
  OBJECT_TYPE: 'type',
  OBJECT_COLLATION: 'collation',
  OBJECT_TSCONFIGURATION: 'text search configuration',
  OBJECT_TSDICTIONARY: 'text search dictionary',
  OBJECT_TSPARSER: 'text search parser',
  OBJECT_TSTEMPLATE: 'text search template',
};

/** What has a name and no parts. */
function plain(kind: ThingKind | undefined, path: readonly (string | undefined)[]): Whole | undefined {
  const words = path.filter((word) => word !== undefined);
  return kind === undefined || words.length === 0 ? undefined : { thing: { kind, path: words }, parts: [] };
}

function aggregateOf({ defnames, args = [], oldstyle }: NodeBody<'DefineStmt'>): Whole {
  const [list] = args;
  const items = list !== undefined && 'List' in list ? (list.List.items ?? []) : [];
  const types = oldstyle ? {} : { arguments: wordTypes(items) };
  return { thing: { kind: 'function', path: stringsOf(defnames), ...types }, parts: [] };
}

/** Of what goes in. */
function wordTypes(parameters: readonly Node[]): string {
  return parameters
    .flatMap((node) => {
      if (!('FunctionParameter' in node)) return [];
      const { argType, mode } = node.FunctionParameter;
      return argType === undefined || mode === 'FUNC_PARAM_OUT' || mode === 'FUNC_PARAM_TABLE' ? [] : [argType];
    })
    .map((type) => wordType({ TypeName: type }))
    .join(', ');
}

function alone(kind: ThingKind, relation: Relation | undefined): Whole | undefined {
  return relation?.relname === undefined ? undefined : { thing: { kind, path: pathOf(relation) }, parts: [] };
}

function ofTable(kind: ThingKind, relation: Relation | undefined, name: string | undefined): Whole | undefined {
  return name === undefined ? undefined : { thing: partOf(kind, 'table', pathOf(relation), name), parts: [] };
}

interface Created {
  readonly relation?: Relation | undefined;
  readonly tableElts?: Names;
}

function tableOf(kind: 'table' | 'foreign table', { relation, tableElts = [] }: Created): Whole {
  const path = pathOf(relation);
  return { thing: { kind, path }, parts: tableElts.map((one) => columnOf(one, 'column', kind, path)) };
}

function columnOf(node: Node, kind: ThingKind, of: ThingKind, path: readonly string[]): Part | undefined {
  if ('ColumnDef' in node) {
    const { colname = '', constraints } = node.ColumnDef;
    return { thing: partOf(kind, of, path, colname), inside: constraintsOf(constraints, of, path) };
  }
  const name = 'Constraint' in node ? node.Constraint.conname : undefined;
  return name === undefined ? undefined : { thing: partOf('constraint', of, path, name) };
}

/** Those that have a name. */
function constraintsOf(nodes: Names = [], of: ThingKind, path: readonly string[]): NonNullable<Part['inside']> {
  return nodes.flatMap((node) => {
    if (!('Constraint' in node) || node.Constraint.conname === undefined) return [];
    const { conname, location = 0 } = node.Constraint;
    return [{ thing: partOf('constraint', of, path, conname), byte: location }];
  });
}

function partOf(kind: ThingKind, of: ThingKind, path: readonly string[], name: string): Thing {
  return { kind, path: [...path, name], of };
}

function pathOf({ schemaname, relname }: Relation = {}): readonly string[] {
  return [...(schemaname === undefined ? [] : [schemaname]), ...(relname === undefined ? [] : [relname])];
}

function stringsOf(names: Names = []): readonly string[] {
  return names.flatMap((node) => ('String' in node && node.String.sval !== undefined ? [node.String.sval] : []));
}
