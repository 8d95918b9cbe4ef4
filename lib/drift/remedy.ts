import type { Change, Whole } from '../schema/change.ts';
import { describeName, wordName } from '../schema/describe-name.ts';
import type { NameOf, WholeKind } from '../schema/kind.ts';
import type { Grant, Name } from '../schema/name.ts';
import type { Column, Constraint, Index, Policy, Rule, Table, Trigger } from '../schema/relation.ts';
import { columnLine, constraintLine } from '../schema/render/column.ts';
import { renderObject } from '../schema/render/snapshot.ts';
import { indexStatements, policyStatements, ruleStatements, triggerStatements } from '../schema/render/table.ts';
import { comment, grantStatements } from '../schema/render/words.ts';
import type { Schema } from '../schema/schema.ts';
import { kindOf } from '../schema/word.ts';
import { quoteIdent, quoteLiteral, quoteRelation } from '../sql/quote.ts';

/** SQL that makes the database what is expected again; nothing where none can be written. */
export function writeRemedy(change: Change, expected: Schema): readonly string[] {
  if ('of' in change) return writePart(change, expected);
  const kind = kindOf(change) as WholeKind;
  if (unwritten.has(kind)) return [];
  if ('value' in change)
    return change.kind.endsWith('-added')
      ? [`DROP ${objectOf(kind, change.name)};`]
      : renderObject(kind, change.value as never);
  return writeAltered(kind, change.kind.slice(kind.length + 1), change as Altered, expected);
}

/** Whether what takes the difference away takes what is in it along. */
export function isDestructive({ kind }: Change): boolean {
  return destructive.has(kind);
}

const destructive: ReadonlySet<Change['kind']> = new Set([
  ...(['table-added', 'column-added', 'schema-added', 'view-added', 'materialized-view-added'] as const),
]);

/** What is rendered for people, or by a command of its own. */
const unwritten: ReadonlySet<WholeKind> = new Set([
  ...(['default-privileges', 'setting', 'security-label', 'base-type', 'aggregate', 'conversion', 'cast'] as const),
  ...(['operator', 'operator-family', 'operator-class', 'access-method', 'language', 'transform'] as const),
  ...(['text-search-configuration', 'text-search-dictionary', 'text-search-parser'] as const),
  ...(['text-search-template', 'user-mapping', 'subscription'] as const),
]);

interface Altered {
  readonly name: NameOf<WholeKind>;
  readonly before: unknown;
  readonly after: unknown;
}

/** As DROP and ALTER have it: `FUNCTION app.add(integer)`. */
function objectOf(kind: WholeKind, name: NameOf<WholeKind>): string {
  return `${nounOf(kind)} ${wordName(name)}`;
}

function nounOf(kind: WholeKind): string {
  return nouns[kind] ?? kind.replaceAll('-', ' ').toUpperCase();
}

const nouns: { readonly [K in WholeKind]?: string } = {
  ...{ enum: 'TYPE', composite: 'TYPE', range: 'TYPE', 'base-type': 'TYPE', 'foreign-server': 'SERVER' },
};

function writeAltered(
  kind: WholeKind,
  what: string,
  { name, before, after }: Altered,
  expected: Schema,
): readonly string[] {
  const object = objectOf(kind, name);
  if (what === 'owner') return [`ALTER ${object} OWNER TO ${quoteIdent(before as string)};`];
  if (what === 'comment') return [comment(object, before as string | null)[0] ?? `COMMENT ON ${object} IS NULL;`];
  if (what === 'grants')
    return writeGrants(before as readonly Grant[], after as readonly Grant[], grantedOn(kind, name));
  if (kind === 'table' && what === 'row-security')
    return [`ALTER ${object} ${before ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY;`];
  if (kind === 'table' && what === 'forces-row-security')
    return [`ALTER ${object} ${before ? '' : 'NO '}FORCE ROW LEVEL SECURITY;`];
  if (kind === 'enum' && what === 'labels')
    return addLabels(object, before as readonly string[], after as readonly string[]);
  return replace(kind, name, expected);
}

/** CREATE OR REPLACE, where PostgreSQL has that. */
function replace(
  kind: WholeKind,
  name: NameOf<WholeKind>,
  { functions, procedures, views }: Schema,
): readonly string[] {
  const values: readonly { readonly name: object }[] =
    { function: functions, procedure: procedures, view: views }[kind as 'view'] ?? [];
  const value = values.find((one) => describeName(kind, one.name as never) === describeName(kind, name));
  const [create] = value === undefined ? [] : renderObject(kind, value as never);
  return create === undefined ? [] : [create.replace(/^CREATE /, 'CREATE OR REPLACE ')];
}

/** A label can be added, and never taken away. */
function addLabels(object: string, wanted: readonly string[], there: readonly string[]): readonly string[] {
  const known = new Set(there);
  if (there.some((label) => !wanted.includes(label))) return [];
  return wanted.flatMap((label, index) => {
    if (known.has(label)) return [];
    const previous = wanted[index - 1];
    const next = wanted[index + 1];
    const where =
      previous !== undefined
        ? ` AFTER ${quoteLiteral(previous)}`
        : next !== undefined
          ? ` BEFORE ${quoteLiteral(next)}`
          : '';
    return [`ALTER ${object} ADD VALUE ${quoteLiteral(label)}${where};`];
  });
}

function grantedOn(kind: WholeKind, name: NameOf<WholeKind>): string {
  if (kind === 'foreign-server') return `FOREIGN SERVER ${wordName(name)}`;
  return isRelation(kind) ? wordName(name) : objectOf(kind, name);
}

function isRelation(kind: WholeKind): boolean {
  return ['table', 'view', 'materialized-view', 'foreign-table'].includes(kind);
}

function writeGrants(wanted: readonly Grant[], there: readonly Grant[], object: string): readonly string[] {
  const key = ({ grantee, privilege, grantable }: Grant) => JSON.stringify([grantee, privilege, grantable]);
  const without = (all: readonly Grant[], others: readonly Grant[]) => {
    const known = new Set(others.map(key));
    return all.filter((grant) => !known.has(key(grant)));
  };
  const revokes = without(there, wanted).map(
    ({ grantee, privilege }) =>
      `REVOKE ${privilege} ON ${object} FROM ${grantee === null ? 'PUBLIC' : quoteIdent(grantee)};`,
  );
  return [...revokes, ...grantStatements(object, without(wanted, there))];
}

type PartChange = Extract<Change, { readonly of: Whole }>;

function writePart(change: PartChange, expected: Schema): readonly string[] {
  const { of } = change;
  if (of.kind === 'domain' || of.kind === 'composite') return [];
  const table = quoteRelation(of.name as Name);
  const alter = `ALTER ${of.kind === 'foreign-table' ? 'FOREIGN ' : ''}TABLE ${table}`;
  const part: Part = { change, table, name: quoteIdent(change.name), alter, expected };
  const write = Object.entries(writers).find(([kind]) => change.kind.startsWith(`${kind}-`))?.[1];
  return write?.(part) ?? [];
}

interface Part {
  readonly change: PartChange;
  readonly table: string;
  readonly name: string;
  readonly alter: string;
  readonly expected: Schema;
}

function wantedOf<T extends { readonly name: string }>({ change, expected }: Part, list: keyof Table): T | undefined {
  const { name, schema } = change.of.name as Name;
  const tables: readonly { readonly name: Name }[] = [
    ...expected.tables,
    ...expected.foreignTables,
    ...expected.views,
    ...expected.materializedViews,
  ];
  const table = tables.find((one) => one.name.name === name && one.name.schema === schema) as Table | undefined;
  const parts = (table?.[list] ?? []) as unknown as readonly T[];
  return parts.find((part) => part.name === change.name);
}

function writeColumn(part: Part): readonly string[] {
  const { change, table, name, alter } = part;
  const column = wantedOf<Column>(part, 'columns');
  const set = `${alter} ALTER COLUMN ${name}`;
  switch (change.kind) {
    case 'column-added':
      return [`${alter} DROP COLUMN ${name};`];
    case 'column-dropped':
      return column === undefined ? [] : [`${alter} ADD COLUMN ${columnLine(column, true)};`];
    case 'column-type':
      return [`${set} TYPE ${change.before};`];
    case 'column-not-null':
      return [`${set} ${change.before === null ? 'DROP' : 'SET'} NOT NULL;`];
    case 'column-default':
      return [change.before === null ? `${set} DROP DEFAULT;` : `${set} SET DEFAULT ${change.before};`];
    case 'column-comment':
      return [comment(`COLUMN ${table}.${name}`, change.before)[0] ?? `COMMENT ON COLUMN ${table}.${name} IS NULL;`];
    case 'column-statistics-target':
      return [`${set} SET STATISTICS ${change.before ?? -1};`];
    default:
      return [];
  }
}

function writeConstraint(part: Part): readonly string[] {
  const { change, name, alter } = part;
  const drop = `${alter} DROP CONSTRAINT ${name};`;
  const constraint = wantedOf<Constraint>(part, 'constraints');
  const add = constraint === undefined ? [] : [`${alter} ADD ${constraintLine(constraint, true)};`];
  if (change.kind === 'constraint-added') return [drop];
  if (change.kind === 'constraint-dropped') return add;
  if (change.kind === 'constraint-validated' && change.before) return [`${alter} VALIDATE CONSTRAINT ${name};`];
  return change.kind === 'constraint-definition' || change.kind === 'constraint-deferrable' ? [drop, ...add] : [];
}

function writeIndex(part: Part): readonly string[] {
  const { change } = part;
  const { schema } = change.of.name as Name;
  const own = quoteRelation({ schema, name: change.name });
  const index = wantedOf<Index>(part, 'indexes');
  const make = index === undefined ? [] : indexStatements(onAll(index), change.of as Pick<Table, 'name'>);
  if (change.kind === 'index-added') return [`DROP INDEX ${own};`];
  if (change.kind === 'index-dropped') return make;
  if (change.kind === 'index-valid' && change.before) return [`REINDEX INDEX CONCURRENTLY ${own};`];
  if (change.kind === 'index-comment')
    return [comment(`INDEX ${own}`, change.before)[0] ?? `COMMENT ON INDEX ${own} IS NULL;`];
  return change.kind === 'index-definition' && index?.constraint === null ? [`DROP INDEX ${own};`, ...make] : [];
}

/** The server prints ON ONLY for a partitioned table, which would leave each partition without its own. */
function onAll(index: Index): Index {
  const [head, table] = [`INDEX ${quoteIdent(index.name)} ON `, 'ONLY '];
  const start = index.definition.indexOf(head) + head.length;
  if (!index.definition.startsWith(table, start)) return index;
  return { ...index, definition: index.definition.slice(0, start) + index.definition.slice(start + table.length) };
}

function writeTrigger(part: Part): readonly string[] {
  const { change, table, name, alter } = part;
  const trigger = wantedOf<Trigger>(part, 'triggers');
  const drop = `DROP TRIGGER ${name} ON ${table};`;
  const make = trigger === undefined ? [] : triggerStatements(trigger, alter, table);
  if (change.kind === 'trigger-added') return [drop];
  if (change.kind === 'trigger-dropped') return make;
  if (change.kind === 'trigger-enabled') return [`${alter} ${firing[change.before]} TRIGGER ${name};`];
  return change.kind === 'trigger-definition' ? [drop, ...make] : [];
}

const firing = { origin: 'ENABLE', replica: 'ENABLE REPLICA', always: 'ENABLE ALWAYS', disabled: 'DISABLE' } as const;

function writePolicy(part: Part): readonly string[] {
  const policy = wantedOf<Policy>(part, 'policies');
  const drop = `DROP POLICY ${part.name} ON ${part.table};`;
  const make = policy === undefined ? [] : policyStatements(policy, part.table);
  if (part.change.kind === 'policy-added') return [drop];
  return part.change.kind === 'policy-dropped' ? make : [drop, ...make];
}

function writeRule(part: Part): readonly string[] {
  const { change, table, name, alter } = part;
  const rule = wantedOf<Rule>(part, 'rules');
  const drop = `DROP RULE ${name} ON ${table};`;
  const make = rule === undefined ? [] : ruleStatements(rule, alter, table);
  if (change.kind === 'rule-added') return [drop];
  if (change.kind === 'rule-enabled') return [`${alter} ${firing[change.before]} RULE ${name};`];
  return change.kind === 'rule-dropped' ? make : [drop, ...make];
}

const writers: Readonly<Record<string, (part: Part) => readonly string[]>> = {
  column: writeColumn,
  constraint: writeConstraint,
  index: writeIndex,
  trigger: writeTrigger,
  policy: writePolicy,
  rule: writeRule,
};
