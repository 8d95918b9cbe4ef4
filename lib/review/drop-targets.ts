import type { NodeBody } from '../sql/node-readers.ts';
import type { Node } from '../sql/parser.ts';
import type { Relation } from '../sql/source.ts';
import { type ObjectRow, objectKey } from './object-row.ts';
import { parseLoosely } from './parsed.ts';
import { blockIn, queriesIn } from './plpgsql.ts';
import { type ColumnRow, type ConstraintRow, childrenOf, type RelationRow, type Snapshot } from './snapshot.ts';
import { scanned, wordsSaid } from './statement-words.ts';

/** Tells which dropped objects a statement names itself. CASCADE has dropped the others. */
export interface DropTargets {
  relation(row: RelationRow): boolean;
  column(row: ColumnRow): boolean;
  constraint(row: ConstraintRow): boolean;
  object(row: ObjectRow): boolean;
}

/** An object that a statement says it drops. */
interface DropTarget extends Relation {
  /** The kind as in a parse tree: `OBJECT_TABLE`. */
  readonly type: string;
  /** The table or domain that it is a part of. */
  readonly of?: Relation;
}

export function findDropTargets(text: string, before: Snapshot): DropTargets {
  const targets = targetsIn(text);
  return targets === undefined ? byWords(text) : byTargets(targets, before);
}

/** The result is undefined where the text does not show what is dropped: it calls a function, or a block puts its statements together. */
function targetsIn(text: string): readonly DropTarget[] | undefined {
  const nodes = parseLoosely(text);
  if (nodes === undefined) return undefined;
  if (nodes.some((node) => 'DoStmt' in node)) {
    const targets = queriesIn(text).flatMap(targetsOf);
    return targets.length === 0 || hasParts(text) ? undefined : targets;
  }
  return nodes.some((node) => !isOfSchema(node)) ? undefined : nodes.flatMap(targetsOf);
}

/** The tree of such a statement shows all that it drops, apart from what an event trigger adds. */
function isOfSchema(node: Node): boolean {
  const [kind = ''] = Object.keys(node);
  return /^(Drop|Alter|Create|Rename|Truncate|Index|View|Reindex|Refresh|Cluster|Vacuum)/.test(kind);
}

/** Whether a block EXECUTEs more than a literal: `format('DROP TABLE %I', name)`. */
function hasParts(text: string): boolean {
  const words = scanned(blockIn(text) ?? '');
  return words.some(({ text: word }, at) => {
    const [what, next] = words.slice(at + 1);
    const isWhole = what?.isConstant && /^(;|into|using)$/i.test(next?.text ?? ';');
    return word.toLowerCase() === 'execute' && !isWhole;
  });
}

function targetsOf(node: Node): readonly DropTarget[] {
  if ('DropStmt' in node) {
    const { removeType: type = '', objects = [] } = node.DropStmt;
    return objects.map((object) => toTarget(type, namesIn(object)));
  }
  if ('AlterTableStmt' in node) return alteredIn(node.AlterTableStmt);
  if ('AlterDomainStmt' in node) {
    const { subtype, name = '', typeName } = node.AlterDomainStmt;
    const [domain = '', schema] = namesIn(typeName).toReversed();
    return subtype === 'X' ? [{ type: 'OBJECT_DOMCONSTRAINT', name, of: { schema, name: domain } }] : [];
  }
  return 'DropSubscriptionStmt' in node
    ? [{ type: 'OBJECT_SUBSCRIPTION', name: node.DropSubscriptionStmt.subname ?? '' }]
    : 'DropUserMappingStmt' in node
      ? [{ type: 'OBJECT_USER_MAPPING', name: '' }]
      : [];
}

function alteredIn({ relation, cmds = [] }: NodeBody<'AlterTableStmt'>) {
  const of = { schema: relation?.schemaname || undefined, name: relation?.relname ?? '' };
  return cmds.flatMap((one): readonly DropTarget[] => {
    const { subtype, name = '' } = 'AlterTableCmd' in one ? one.AlterTableCmd : {};
    if (subtype === 'AT_DropColumn') return [{ type: 'OBJECT_COLUMN', name, of }];
    return subtype === 'AT_DropConstraint' ? [{ type: 'OBJECT_TABCONSTRAINT', name, of }] : [];
  });
}

const ofTable = new Set(['OBJECT_TRIGGER', 'OBJECT_RULE', 'OBJECT_POLICY']);

function toTarget(type: string, names: readonly string[]): DropTarget {
  const [name = '', second, third] = names.toReversed();
  return ofTable.has(type) ? { type, name, of: { name: second ?? '', schema: third } } : { type, name, schema: second };
}

/** The parts of a qualified name in DROP, whatever the kind of object. */
function namesIn(tree: unknown): readonly string[] {
  if (Array.isArray(tree)) return tree.flatMap(namesIn);
  if (typeof tree !== 'object' || tree === null) return [];
  const { String: own, List: list, TypeName: type, ObjectWithArgs: routine } = tree as Readonly<Record<string, Tree>>;
  if (own !== undefined) return [String(own.sval ?? '')];
  return namesIn(list?.items ?? type?.names ?? routine?.objname ?? []);
}

type Tree = Readonly<Record<string, unknown>>;

/** The values of pg_class.relkind. */
const relationTypes: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'rp',
  OBJECT_VIEW: 'v',
  OBJECT_MATVIEW: 'm',
  OBJECT_INDEX: 'iI',
  OBJECT_SEQUENCE: 'S',
  OBJECT_FOREIGN_TABLE: 'f',
};

/** The types of a snapshot, where they are not called as in the tree. */
const objectTypes: Readonly<Record<string, readonly string[]>> = {
  OBJECT_TYPE: ['type', 'domain'],
  OBJECT_ROUTINE: ['function', 'procedure', 'aggregate'],
  OBJECT_STATISTIC_EXT: ['statistics'],
  OBJECT_TSCONFIGURATION: ['text search configuration'],
  OBJECT_TSDICTIONARY: ['text search dictionary'],
  OBJECT_TSPARSER: ['text search parser'],
  OBJECT_TSTEMPLATE: ['text search template'],
  OBJECT_FDW: ['foreign-data wrapper'],
  OBJECT_FOREIGN_SERVER: ['server'],
  OBJECT_OPCLASS: ['operator class'],
  OBJECT_OPFAMILY: ['operator family'],
};

/** `event trigger` of OBJECT_EVENT_TRIGGER. */
function typesOf(type: string): readonly string[] {
  return objectTypes[type] ?? [type.replace('OBJECT_', '').replaceAll('_', ' ').toLowerCase()];
}

/** Objects without a name of their own, which DROP identifies in other ways. */
const unnamed = /^(cast|transform|user mapping|operator.*)$/;

function byTargets(targets: readonly DropTarget[], before: Snapshot): DropTargets {
  const relations = [...before.relations.values()];
  const isRelation = (row: RelationRow | undefined, { schema, name }: Relation) =>
    row !== undefined && row.called === name && row.schema === (schema ?? schemaOf(name, relations, before));
  const families = new Map<DropTarget, ReadonlySet<number>>();
  /** A child loses an inherited column or constraint together with its parent. */
  const familyOf = (target: DropTarget) => {
    const known = families.get(target);
    if (known !== undefined) return known;
    const family = new Set(relations.filter((row) => target.of !== undefined && isRelation(row, target.of)));
    for (const one of family) for (const child of childrenOf(one, relations)) family.add(child);
    const oids = new Set(Array.from(family, ({ oid }) => oid));
    families.set(target, oids);
    return oids;
  };
  const domains = [...before.objects.values()].filter(({ type }) => type === 'domain');
  const isDomain = (row: ObjectRow | undefined, { schema, name }: Relation) =>
    row !== undefined && row.called === name && row.schema === (schema ?? schemaOf(name, domains, before));
  return {
    relation: (row) =>
      targets.some((one) => relationTypes[one.type]?.includes(row.kind) === true && isRelation(row, one)),
    column: ({ relation, name }) =>
      targets.some((one) => one.type === 'OBJECT_COLUMN' && one.name === name && familyOf(one).has(relation)),
    constraint: ({ relation, domain, name }) =>
      targets.some((one) => {
        if (one.name !== name || one.of === undefined) return false;
        if (one.type === 'OBJECT_TABCONSTRAINT') return familyOf(one).has(relation);
        return (
          one.type === 'OBJECT_DOMCONSTRAINT' &&
          isDomain(before.objects.get(objectKey({ catalog: 'pg_type', oid: domain })), one.of)
        );
      }),
    object: (row) =>
      targets.some(({ type, schema, name, of }) => {
        if (!typesOf(type).includes(row.type)) return false;
        if (unnamed.test(row.type)) return true;
        if (row.called !== name) return false;
        if (of !== undefined) return isRelation(before.relations.get(row.relation), of);
        return row.schema === null || row.schema === (schema ?? schemaOf(name, alikeIn(before, type), before));
      }),
  };
}

function alikeIn({ objects }: Snapshot, type: string): readonly ObjectRow[] {
  return [...objects.values()].filter((row) => typesOf(type).includes(row.type));
}

/** The first schema of the search path that has an object of this name. */
function schemaOf(
  name: string,
  rows: readonly { readonly schema: string | null; readonly called: string }[],
  { path }: Snapshot,
): string | undefined {
  return path.find((schema) => rows.some((row) => row.schema === schema && row.called === name));
}

/** Tells by words: an object counts as named if its name occurs in code or in a literal, which may hold code. Comments don't count. */
function byWords(text: string): DropTargets {
  const said = new Set(wordsSaid(text));
  return {
    relation: ({ called }) => said.has(called),
    column: ({ name }) => said.has(name),
    constraint: ({ name }) => said.has(name),
    object: ({ type, called }) => said.has(unnamed.test(type) ? type.replace(/ .*/, '') : called),
  };
}
