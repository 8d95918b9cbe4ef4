/** What has a schema is called by both names. */
export interface Name {
  readonly schema: string;
  readonly name: string;
}

/** Functions and aggregates share a name as long as their arguments differ. */
export interface RoutineName extends Name {
  /** The types of the arguments that a call gives: `integer, text`. */
  readonly arguments: string;
}

export interface OperatorName extends Name {
  /** Null for a prefix operator. */
  readonly left: string | null;
  readonly right: string | null;
}

/** Of an operator class or family: each access method has its own. */
export interface OperatorClassName extends Name {
  readonly method: string;
}

export interface CastName {
  readonly source: string;
  readonly target: string;
}

export interface TransformName {
  readonly type: string;
  readonly language: string;
}

export interface UserMappingName {
  /** Null for PUBLIC. */
  readonly role: string | null;
  readonly server: string;
}

export interface DefaultPrivilegesName {
  /** Whose objects, made from now on. */
  readonly role: string;
  /** Null for every schema. */
  readonly schema: string | null;
  readonly objects: 'tables' | 'sequences' | 'functions' | 'types' | 'schemas' | 'large objects';
}

export interface SettingName {
  /** Null for every role. */
  readonly role: string | null;
  readonly setting: string;
}

export interface SecurityLabelName {
  readonly provider: string;
  /** `table public.orders` */
  readonly object: string;
}

/** Options by their names, as CREATE ... WITH (...) or OPTIONS (...) sets them. */
export type Options = Readonly<Record<string, string>>;

export interface Grant {
  /** Null for PUBLIC. */
  readonly grantee: string | null;
  readonly privilege: string;
  /** WITH GRANT OPTION. */
  readonly grantable: boolean;
}

/** In the place of an owner: whoever runs the SQL. PostgreSQL keeps this name for itself, and has no role that is called so. */
export const whoeverRuns = 'none';

export interface Described {
  readonly comment: string | null;
}

export interface Owned extends Described {
  readonly owner: string;
}

/** What privileges are granted on. Those that an owner has by itself are in neither list, so that another owner is one change. */
export interface Granted extends Owned {
  /** To others than the owner, those of PUBLIC that come by default too. */
  readonly grants: readonly Grant[];
  /** What the owner has by default and has been taken away. */
  readonly ownerLacks: readonly string[];
}

/** The same text for the same name, whatever the order of its properties: after a snapshot was read from a file it may be another. */
export function keyOf(name: string | object): string {
  if (typeof name === 'string') return name;
  if (isPlain(name)) return `[["name",${JSON.stringify(name.name)}],["schema",${JSON.stringify(name.schema)}]]`;
  return JSON.stringify(Object.entries(name).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Most names are of these two parts: their keys are the most that is asked for. */
function isPlain(name: object): name is Name {
  return 'name' in name && 'schema' in name && Object.keys(name).length === 2;
}
