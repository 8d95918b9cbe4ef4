import type { Facet, Kind, Kinds } from '../schema/kind.ts';

/** The properties of a kind that are never null. */
type Filled<K extends Kind> = { [P in Facet<K>]: null extends Kinds[K][P] ? never : P }[Facet<K>];

type Empty = { readonly [K in Kind]: { readonly [P in Filled<K>]: Kinds[K][P] } };

const owned = { owner: '' };
const granted = { ...owned, grants: [], ownerLacks: [] };
const none = { schema: '', name: '' };
const routine = {
  ...{ ...granted, parameters: '', language: '', body: '', securityDefiner: false, settings: {}, transforms: [] },
};

/** In the place of a property that is not compared; a property that does not stand here is null then. */
export const emptyValues: Empty = {
  schema: granted,
  extension: { schema: '', version: '' },
  'default-privileges': { grants: [] },
  setting: { value: '' },
  'security-label': { label: '' },
  enum: { ...granted, labels: [] },
  domain: { ...granted, type: '', notNull: false },
  composite: granted,
  range: { ...granted, subtype: '', operatorClass: none },
  'base-type': {
    ...{ ...granted, input: '', output: '', length: 0, byValue: false, alignment: 'char', storage: 'plain' },
    ...{ category: '', preferred: false, delimiter: '', collatable: false },
  },
  table: {
    ...{ ...granted, options: {}, toastOptions: {}, persistence: 'permanent', rowSecurity: false },
    ...{ forcesRowSecurity: false, replicaIdentity: 'default', inherits: [] },
  },
  'foreign-table': { ...granted, inherits: [], server: '', foreignOptions: {} },
  view: { ...granted, definition: '', options: {} },
  'materialized-view': { ...granted, definition: '', options: {}, toastOptions: {}, populated: false },
  sequence: {
    ...{ ...granted, persistence: 'permanent', type: '', start: '', increment: '', minimum: '', maximum: '' },
    ...{ cache: '', cycle: false },
  },
  statistics: { ...owned, table: none, kinds: [], columns: [], expressions: [] },
  function: {
    ...{ ...routine, returns: '', window: false, volatility: 'volatile', parallel: 'unsafe', strict: false },
    ...{ leakproof: false, cost: 0, rows: 0 },
  },
  procedure: routine,
  aggregate: {
    ...{ ...granted, parameters: '', kind: 'normal', returns: '', parallel: 'unsafe' },
    state: {
      ...{ transition: '', inverse: null, type: '', space: 0, initial: null, final: null, finalExtra: false },
      finalModify: 'read only',
    },
  },
  collation: { ...owned, provider: 'default', deterministic: false },
  conversion: { ...owned, source: '', target: '', function: '', default: false },
  cast: { context: 'explicit', method: 'function' },
  operator: { ...owned, function: '', hashes: false, merges: false },
  'operator-family': { ...owned, operators: [], functions: [] },
  'operator-class': { ...owned, type: '', default: false, family: none },
  'access-method': { type: 'index', handler: '' },
  language: { ...granted, trusted: false, handler: '' },
  transform: {},
  'text-search-configuration': { ...owned, parser: none, mappings: {} },
  'text-search-dictionary': { ...owned, template: none },
  'text-search-parser': { start: '', token: '', end: '', lexTypes: '' },
  'text-search-template': { lexize: '' },
  'foreign-data-wrapper': { ...granted, options: {} },
  'foreign-server': { ...granted, wrapper: '', options: {} },
  'user-mapping': {},
  publication: {
    ...{ ...owned, allTables: false, operations: [], viaRoot: false, generatedColumns: 'none' },
    ...{ schemas: [], tables: [] },
  },
  subscription: { ...owned, enabled: false, publications: [], synchronousCommit: '', binary: false },
  'event-trigger': { ...owned, event: 'sql_drop', tags: [], function: '', enabled: 'origin' },
  column: { type: '', options: {}, foreignOptions: {}, inheritance: 'local', grants: [] },
  constraint: {
    ...{ definition: '', validated: false, enforced: false, deferrable: 'no', noInherit: false, firing: false },
    inheritance: 'local',
  },
  index: { definition: '', valid: false, clustered: false, options: {}, statisticsTargets: {} },
  trigger: { definition: '', enabled: 'origin' },
  rule: { definition: '', enabled: 'origin' },
  policy: { command: 'all', permissive: false, roles: [] },
  attribute: { type: '' },
};
