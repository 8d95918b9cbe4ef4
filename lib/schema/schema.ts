import type * as extra from './extra.ts';
import type * as relation from './relation.ts';
import type * as routine from './routine.ts';
import type * as type from './type.ts';

/**
 * What a database's schema is, as values that JSON can hold: no oids, no positions, names as they are, expressions as the server prints
 * them from an empty search path. Members of extensions are left out, and so is the ledger's own schema.
 */
export interface Schema {
  /** The server's major version: each prints some expressions in its own way, and has objects of its own. */
  readonly major: number;
  readonly schemas: readonly extra.Namespace[];
  readonly extensions: readonly extra.Extension[];
  readonly defaultPrivileges: readonly extra.DefaultPrivileges[];
  readonly settings: readonly extra.Setting[];
  readonly securityLabels: readonly extra.SecurityLabel[];
  readonly enums: readonly type.Enum[];
  readonly domains: readonly type.Domain[];
  readonly composites: readonly type.Composite[];
  readonly ranges: readonly type.Range[];
  readonly baseTypes: readonly type.BaseType[];
  readonly tables: readonly relation.Table[];
  readonly foreignTables: readonly relation.ForeignTable[];
  readonly views: readonly relation.View[];
  readonly materializedViews: readonly relation.MaterializedView[];
  readonly sequences: readonly relation.Sequence[];
  readonly statistics: readonly relation.Statistics[];
  readonly functions: readonly routine.SqlFunction[];
  readonly procedures: readonly routine.Procedure[];
  readonly aggregates: readonly routine.Aggregate[];
  readonly collations: readonly extra.Collation[];
  readonly conversions: readonly extra.Conversion[];
  readonly casts: readonly extra.Cast[];
  readonly operators: readonly extra.Operator[];
  readonly operatorFamilies: readonly extra.OperatorFamily[];
  readonly operatorClasses: readonly extra.OperatorClass[];
  readonly accessMethods: readonly extra.AccessMethod[];
  readonly languages: readonly extra.Language[];
  readonly transforms: readonly extra.Transform[];
  readonly textSearchConfigurations: readonly extra.TextSearchConfiguration[];
  readonly textSearchDictionaries: readonly extra.TextSearchDictionary[];
  readonly textSearchParsers: readonly extra.TextSearchParser[];
  readonly textSearchTemplates: readonly extra.TextSearchTemplate[];
  readonly foreignDataWrappers: readonly extra.ForeignDataWrapper[];
  readonly foreignServers: readonly extra.ForeignServer[];
  readonly userMappings: readonly extra.UserMapping[];
  readonly publications: readonly extra.Publication[];
  readonly subscriptions: readonly extra.Subscription[];
  readonly eventTriggers: readonly extra.EventTrigger[];
}
