import type * as extra from './extra.ts';
import type * as relation from './relation.ts';
import type * as routine from './routine.ts';
import type { Schema } from './schema.ts';
import type * as type from './type.ts';

/** Every kind of object, and the value that a snapshot has of one. */
export interface Kinds {
  readonly schema: extra.Namespace;
  readonly extension: extra.Extension;
  readonly 'default-privileges': extra.DefaultPrivileges;
  readonly setting: extra.Setting;
  readonly 'security-label': extra.SecurityLabel;
  readonly enum: type.Enum;
  readonly domain: type.Domain;
  readonly composite: type.Composite;
  readonly range: type.Range;
  readonly 'base-type': type.BaseType;
  readonly table: relation.Table;
  readonly 'foreign-table': relation.ForeignTable;
  readonly view: relation.View;
  readonly 'materialized-view': relation.MaterializedView;
  readonly sequence: relation.Sequence;
  readonly statistics: relation.Statistics;
  readonly function: routine.SqlFunction;
  readonly procedure: routine.Procedure;
  readonly aggregate: routine.Aggregate;
  readonly collation: extra.Collation;
  readonly conversion: extra.Conversion;
  readonly cast: extra.Cast;
  readonly operator: extra.Operator;
  readonly 'operator-family': extra.OperatorFamily;
  readonly 'operator-class': extra.OperatorClass;
  readonly 'access-method': extra.AccessMethod;
  readonly language: extra.Language;
  readonly transform: extra.Transform;
  readonly 'text-search-configuration': extra.TextSearchConfiguration;
  readonly 'text-search-dictionary': extra.TextSearchDictionary;
  readonly 'text-search-parser': extra.TextSearchParser;
  readonly 'text-search-template': extra.TextSearchTemplate;
  readonly 'foreign-data-wrapper': extra.ForeignDataWrapper;
  readonly 'foreign-server': extra.ForeignServer;
  readonly 'user-mapping': extra.UserMapping;
  readonly publication: extra.Publication;
  readonly subscription: extra.Subscription;
  readonly 'event-trigger': extra.EventTrigger;
  readonly column: relation.Column;
  readonly constraint: relation.Constraint;
  readonly index: relation.Index;
  readonly trigger: relation.Trigger;
  readonly rule: relation.Rule;
  readonly policy: relation.Policy;
  readonly attribute: type.Attribute;
}

export type Kind = keyof Kinds;

/** What stands in a list of the object it belongs to, and has a name only there. */
export type PartKind = 'column' | 'constraint' | 'index' | 'trigger' | 'rule' | 'policy' | 'attribute';
export type WholeKind = Exclude<Kind, PartKind>;

export type NameOf<K extends Kind> = Kinds[K]['name'];

/** The lists of a snapshot, each with the kind of what stands in it; what others refer to comes first. */
export const lists: { readonly [L in Exclude<keyof Schema, 'major'>]: WholeKind } = {
  schemas: 'schema',
  extensions: 'extension',
  defaultPrivileges: 'default-privileges',
  settings: 'setting',
  securityLabels: 'security-label',
  enums: 'enum',
  domains: 'domain',
  composites: 'composite',
  ranges: 'range',
  baseTypes: 'base-type',
  tables: 'table',
  foreignTables: 'foreign-table',
  views: 'view',
  materializedViews: 'materialized-view',
  sequences: 'sequence',
  statistics: 'statistics',
  functions: 'function',
  procedures: 'procedure',
  aggregates: 'aggregate',
  collations: 'collation',
  conversions: 'conversion',
  casts: 'cast',
  operators: 'operator',
  operatorFamilies: 'operator-family',
  operatorClasses: 'operator-class',
  accessMethods: 'access-method',
  languages: 'language',
  transforms: 'transform',
  textSearchConfigurations: 'text-search-configuration',
  textSearchDictionaries: 'text-search-dictionary',
  textSearchParsers: 'text-search-parser',
  textSearchTemplates: 'text-search-template',
  foreignDataWrappers: 'foreign-data-wrapper',
  foreignServers: 'foreign-server',
  userMappings: 'user-mapping',
  publications: 'publication',
  subscriptions: 'subscription',
  eventTriggers: 'event-trigger',
};

/** The same of the lists that some objects have. */
export const partLists: { readonly [L in PartList]: PartKind } = {
  columns: 'column',
  constraints: 'constraint',
  indexes: 'index',
  triggers: 'trigger',
  rules: 'rule',
  policies: 'policy',
  attributes: 'attribute',
};

export type PartList = 'columns' | 'constraints' | 'indexes' | 'triggers' | 'rules' | 'policies' | 'attributes';

/** The lists of each kind that has some. */
interface Parts {
  readonly table: 'columns' | 'constraints' | 'indexes' | 'triggers' | 'rules' | 'policies';
  readonly 'foreign-table': 'columns' | 'constraints' | 'triggers' | 'rules';
  readonly view: 'columns' | 'triggers' | 'rules';
  readonly 'materialized-view': 'columns' | 'indexes';
  readonly domain: 'constraints';
  readonly composite: 'attributes';
}

export const parts: { readonly [K in keyof Parts]: readonly Parts[K][] } = {
  table: ['columns', 'constraints', 'indexes', 'triggers', 'rules', 'policies'],
  'foreign-table': ['columns', 'constraints', 'triggers', 'rules'],
  view: ['columns', 'triggers', 'rules'],
  'materialized-view': ['columns', 'indexes'],
  domain: ['constraints'],
  composite: ['attributes'],
};

/** What another property tells already: it is there to be read, and is not compared once more. */
export interface Told {
  readonly column: 'otherOptions';
  readonly constraint: 'type' | 'columns' | 'index' | 'references' | 'parent';
  readonly index: 'unique' | 'method' | 'keys' | 'predicate' | 'constraint';
  readonly trigger: 'function' | 'events' | 'inherited';
  readonly rule: 'event' | 'instead';
}

type ToldOf<K extends Kind> = K extends keyof Told ? Told[K] : never;

export type PartsOf<K extends Kind> = K extends keyof Parts ? Parts[K] : never;

/** The properties of a kind that two snapshots are compared by. */
export type Facet<K extends Kind> = Exclude<keyof Kinds[K] & string, 'name' | ToldOf<K> | PartsOf<K>>;
