import type { Row } from '../../database/session.ts';
import { quoteLiteral } from '../../sql/quote.ts';
import type * as extra from '../extra.ts';
import type * as relation from '../relation.ts';
import type * as routine from '../routine.ts';
import type * as type from '../type.ts';
import * as elsewhere from './elsewhere.ts';
import * as namespaces from './namespaces.ts';
import * as operators from './operators.ts';
import * as parts from './parts.ts';
import * as relations from './relations.ts';
import * as routines from './routines.ts';
import { list, object, printQuery, type Query, readAnswer, type Scope, type Source, shaped } from './sql.ts';
import * as textSearch from './text-search.ts';
import * as types from './types.ts';

/** What each question finds: mostly a value of the schema as it is, else what one is put together from. */
interface Found {
  readonly schemas: extra.Namespace;
  readonly extensions: extra.Extension;
  readonly defaultPrivileges: extra.DefaultPrivileges;
  readonly settings: extra.Setting;
  readonly securityLabels: extra.SecurityLabel;
  readonly enums: type.Enum;
  readonly domains: types.DomainRow;
  readonly composites: types.CompositeRow;
  readonly attributes: relations.OfRelation<type.Attribute>;
  readonly ranges: type.Range;
  readonly baseTypes: type.BaseType;
  readonly relations: relations.RelationRow;
  readonly columns: relations.OfRelation<relation.Column>;
  readonly constraints: parts.ConstraintRow;
  readonly indexes: relations.OfRelation<relation.Index>;
  readonly triggers: relations.OfRelation<relation.Trigger>;
  readonly rules: relations.OfRelation<relation.Rule>;
  readonly policies: relations.OfRelation<relation.Policy>;
  readonly sequences: relation.Sequence;
  readonly statistics: relation.Statistics;
  readonly functions: routines.FunctionRow;
  readonly procedures: routines.ProcedureRow;
  readonly aggregates: routine.Aggregate;
  readonly collations: extra.Collation;
  readonly conversions: extra.Conversion;
  readonly casts: extra.Cast;
  readonly operators: extra.Operator;
  readonly operatorFamilies: extra.OperatorFamily;
  readonly operatorClasses: extra.OperatorClass;
  readonly accessMethods: extra.AccessMethod;
  readonly languages: extra.Language;
  readonly transforms: extra.Transform;
  readonly textSearchConfigurations: extra.TextSearchConfiguration;
  readonly textSearchDictionaries: extra.TextSearchDictionary;
  readonly textSearchParsers: extra.TextSearchParser;
  readonly textSearchTemplates: extra.TextSearchTemplate;
  readonly foreignDataWrappers: extra.ForeignDataWrapper;
  readonly foreignServers: extra.ForeignServer;
  readonly userMappings: extra.UserMapping;
  readonly publications: extra.Publication;
  readonly subscriptions: extra.Subscription;
  readonly eventTriggers: extra.EventTrigger;
}

export type Rows = { readonly [K in keyof Found]: readonly Found[K][] };

const questions: { readonly [K in keyof Found]: (scope: Scope) => Query<Found[K]> } = {
  schemas: namespaces.schemas,
  extensions: namespaces.extensions,
  defaultPrivileges: namespaces.defaultPrivileges,
  settings: namespaces.settings,
  securityLabels: namespaces.securityLabels,
  enums: types.enums,
  domains: types.domains,
  composites: types.composites,
  ranges: types.ranges,
  baseTypes: types.baseTypes,
  attributes: relations.attributes,
  relations: relations.relations,
  columns: relations.columns,
  sequences: relations.sequences,
  statistics: relations.statistics,
  constraints: parts.constraints,
  indexes: parts.indexes,
  triggers: parts.triggers,
  rules: parts.rules,
  policies: parts.policies,
  functions: routines.functions,
  procedures: routines.procedures,
  aggregates: routines.aggregates,
  collations: operators.collations,
  conversions: operators.conversions,
  casts: operators.casts,
  operators: operators.operators,
  operatorFamilies: operators.operatorFamilies,
  operatorClasses: operators.operatorClasses,
  accessMethods: operators.accessMethods,
  languages: operators.languages,
  transforms: operators.transforms,
  textSearchConfigurations: textSearch.textSearchConfigurations,
  textSearchDictionaries: textSearch.textSearchDictionaries,
  textSearchParsers: textSearch.textSearchParsers,
  textSearchTemplates: textSearch.textSearchTemplates,
  foreignDataWrappers: elsewhere.foreignDataWrappers,
  foreignServers: elsewhere.foreignServers,
  userMappings: elsewhere.userMappings,
  publications: elsewhere.publications,
  subscriptions: elsewhere.subscriptions,
  eventTriggers: elsewhere.eventTriggers,
};

const names = Object.keys(questions) as readonly (keyof Found)[];

export type Part = keyof Found;

/**
 * A query that has one row: the parts that the database may have. Most databases lack most of them, and to plan a question takes longer
 * than to answer it.
 */
export function printPresence(scope: Scope): string {
  const words = names.map((name) => {
    const { presence }: Source = questions[name](scope);
    return presence === undefined ? quoteLiteral(name) : `CASE WHEN ${presence} THEN ${quoteLiteral(name)} END`;
  });
  return `SELECT pg_catalog.concat_ws(' ', ${words.join(', ')}) AS parts`;
}

export function readPresence(row: Row | undefined): readonly Part[] {
  const found = new Set(row?.parts?.split(' '));
  return names.filter((name) => found.has(name));
}

/** Nothing of any part. */
export const noRows = Object.fromEntries(names.map((name) => [name, []])) as unknown as Rows;

/** The questions of one message, each a statement that has one row. */
export interface Message {
  readonly parts: readonly Part[];
  readonly text: string;
  /** Reads the answers, in the order of the statements. */
  read(sets: readonly (readonly Row[])[]): Partial<Rows>;
}

/**
 * The questions for these parts in three messages: the answers to one are read while the server works on the next, and the last one is short.
 * `prepared` has the parts whose questions the session has as prepared statements; the others are prepared by the text.
 */
export function printMessages(
  scope: Scope,
  asked: readonly Part[] = names,
  prepared?: ReadonlySet<Part>,
): readonly Message[] {
  const [keys, others] = [names.indexOf('constraints'), names.indexOf('triggers')];
  return [names.slice(0, keys), names.slice(keys, others), names.slice(others)]
    .map((some) => some.filter((name) => asked.includes(name)))
    .filter((some) => some.length > 0)
    .map((parts) => ({
      parts,
      text: parts.map((name) => printQuestion(scope, name, prepared)).join(''),
      read: (sets) => readAnswers(scope, parts, sets),
    }));
}

function printQuestion(scope: Scope, part: Part, prepared: ReadonlySet<Part> | undefined): string {
  const query = `${printQuery(questions[part](scope))};\n`;
  if (prepared === undefined) return query;
  const execute = `EXECUTE updown_schema_${part};\n`;
  return prepared.has(part) ? execute : `PREPARE updown_schema_${part} AS ${query}${execute}`;
}

/** A query that has one row: the lists of all that has an identity, as JSON, each value beside its identity. */
export function printIdentified(scope: Scope): string {
  const lists = names.flatMap((name) => {
    const { identity, shape, from }: Query<unknown> = questions[name](scope);
    return identity === undefined ? [] : [[name, list(`SELECT ${object({ identity, value: shaped(shape) })} ${from}`)]];
  });
  return `SELECT ${object(Object.fromEntries(lists))}::text AS values`;
}

function readAnswers(scope: Scope, asked: typeof names, sets: readonly (readonly Row[])[]): Partial<Rows> {
  const entries = asked.map((name, index) => {
    const values = sets[index]?.[0]?.values;
    // An answer that is missing is not one that is empty.
    if (typeof values !== 'string') throw new Error(`The server has not answered what it has of ${name}`);
    const question: Query<unknown> = questions[name](scope);
    return [name, readAnswer(question, values)];
  });
  return Object.fromEntries(entries) as Partial<Rows>;
}

/**
 * The rows are of one moment, but what the server prints for them is of the moment it is printed in: of what others have dropped meanwhile
 * it prints nothing, or fails.
 */
export function isWhole({ relations, constraints, indexes, triggers, rules, columns, functions }: Rows): boolean {
  const parts: readonly { readonly definition: string | null }[] = [
    ...relations.filter(({ kind }) => kind === 'view' || kind === 'materialized view'),
    ...[constraints, indexes, triggers, rules].flatMap((rows) => rows.map(({ value }) => value)),
  ];
  return (
    parts.every(({ definition }) => definition !== null) &&
    columns.every(({ value }) => value.type !== '???') &&
    functions.every(({ parameters }: { readonly parameters: string | null }) => parameters !== null)
  );
}
