import { type Fields, fieldsOf, fieldsOfRange, listOf, stringOf } from './statement-trees.ts';

/** A feature that servers have since a version. */
export interface Newer {
  readonly since: number;
  /** `generated columns that are VIRTUAL` */
  readonly what: string;
}

interface Feature extends Newer {
  readonly is: (fields: Fields) => boolean;
}

function feature(since: number, what: string, is: Feature['is'] = () => true): Feature {
  return { since, what, is };
}

const has =
  (key: string, value: unknown = true) =>
  (fields: Fields): boolean =>
    fields[key] === value;

const option =
  (name: string, ...values: readonly string[]) =>
  ({ options }: Fields): boolean =>
    listOf(options).some((one) => {
      const { defname, arg } = fieldsOf(one, 'DefElem');
      return defname === name && (values.length === 0 || values.includes(stringOf(arg)));
    });

/** https://www.postgresql.org/docs/release/ */
export const features: Readonly<Record<string, readonly Feature[]>> = {
  Constraint: [
    feature(
      18,
      'generated columns that are VIRTUAL',
      (f) => f.contype === 'CONSTR_GENERATED' && f.generated_kind === 'v',
    ),
    feature(12, 'generated columns', has('contype', 'CONSTR_GENERATED')),
    feature(
      18,
      'constraints that are NOT ENFORCED',
      (f) => f.contype === 'CONSTR_ATTR_NOT_ENFORCED' || (isCheckOrKey(f) && f.is_enforced !== true),
    ),
    feature(
      18,
      'NOT NULL as a constraint of the table',
      (f) => f.contype === 'CONSTR_NOTNULL' && listOf(f.keys).length > 0,
    ),
    feature(18, 'WITHOUT OVERLAPS', has('without_overlaps')),
    feature(18, 'PERIOD in a foreign key', (f) => f.fk_with_period === true || f.pk_with_period === true),
    feature(15, 'NULLS NOT DISTINCT', has('nulls_not_distinct')),
    feature(15, 'ON DELETE SET with a list of columns', (f) => listOf(f.fk_del_set_cols).length > 0),
  ],
  ATAlterConstraint: [
    feature(18, 'ALTER CONSTRAINT … [NOT] ENFORCED', has('alterEnforceability')),
    feature(18, 'ALTER CONSTRAINT … [NO] INHERIT', has('alterInheritability')),
  ],
  ReturningClause: [
    feature(18, 'RETURNING WITH', (f) => listOf(f.options).length > 0),
    feature(18, 'OLD and NEW in RETURNING', (f) => listOf(f.exprs).some(isOldOrNew)),
  ],
  AlterTableCmd: [
    feature(17, 'SET EXPRESSION', has('subtype', 'AT_SetExpression')),
    feature(13, 'DROP EXPRESSION', has('subtype', 'AT_DropExpression')),
    feature(15, 'SET ACCESS METHOD', has('subtype', 'AT_SetAccessMethod')),
    feature(14, 'SET COMPRESSION', has('subtype', 'AT_SetCompression')),
    feature(14, 'DETACH PARTITION … CONCURRENTLY', (f) => f.subtype === 'AT_DetachPartition' && concurrently(f.def)),
    feature(14, 'DETACH PARTITION … FINALIZE', has('subtype', 'AT_DetachPartitionFinalize')),
  ],
  ColumnDef: [
    feature(16, 'STORAGE in a column definition', (f) => typeof f.storage_name === 'string'),
    feature(14, 'COMPRESSION in a column definition', (f) => typeof f.compression === 'string'),
  ],
  IndexStmt: [feature(15, 'NULLS NOT DISTINCT', has('nulls_not_distinct'))],
  MergeStmt: [
    feature(17, 'MERGE … RETURNING', (f) => f.returningClause !== undefined || listOf(f.returningList).length > 0),
    feature(15, 'MERGE'),
  ],
  MergeWhenClause: [feature(17, 'WHEN NOT MATCHED BY SOURCE', has('matchKind', 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE'))],
  JsonTable: [feature(17, 'JSON_TABLE')],
  JsonFuncExpr: [feature(17, 'JSON_EXISTS, JSON_QUERY and JSON_VALUE')],
  JsonParseExpr: [feature(17, 'JSON()')],
  JsonScalarExpr: [feature(17, 'JSON_SCALAR')],
  JsonSerializeExpr: [feature(17, 'JSON_SERIALIZE')],
  JsonIsPredicate: [feature(16, 'IS JSON')],
  JsonObjectConstructor: [feature(16, 'JSON_OBJECT')],
  JsonArrayConstructor: [feature(16, 'JSON_ARRAY')],
  JsonArrayQueryConstructor: [feature(16, 'JSON_ARRAY')],
  JsonObjectAgg: [feature(16, 'JSON_OBJECTAGG')],
  JsonArrayAgg: [feature(16, 'JSON_ARRAYAGG')],
  RangeSubselect: [feature(16, 'a subquery in FROM without an alias', (f) => f.alias === undefined)],
  CreateStatsStmt: [feature(16, 'CREATE STATISTICS without a name', (f) => listOf(f.defnames).length === 0)],
  CopyStmt: [
    feature(18, 'COPY … REJECT_LIMIT', option('reject_limit')),
    feature(17, 'COPY … ON_ERROR', option('on_error')),
    feature(17, 'COPY … LOG_VERBOSITY', option('log_verbosity')),
    feature(16, 'COPY … DEFAULT', option('default')),
    feature(15, 'COPY … HEADER MATCH', option('header', 'match')),
    feature(12, 'COPY … WHERE', (f) => f.whereClause !== undefined),
  ],
  VacuumStmt: [
    feature(18, 'VACUUM and ANALYZE of ONLY a table', (f) => listOf(f.rels).some(isOnly)),
    feature(16, 'VACUUM with BUFFER_USAGE_LIMIT', option('buffer_usage_limit')),
    feature(16, 'VACUUM with PROCESS_MAIN', option('process_main')),
    feature(16, 'VACUUM with SKIP_DATABASE_STATS', option('skip_database_stats')),
  ],
  GrantRoleStmt: [
    feature(16, 'GRANT … WITH INHERIT or SET', (f) =>
      listOf(f.opt).some((one) => ['inherit', 'set'].includes(String(fieldsOf(one, 'DefElem').defname))),
    ),
  ],
  AccessPriv: [
    feature(17, 'the privilege MAINTAIN', has('priv_name', 'maintain')),
    feature(15, 'GRANT … ON PARAMETER', (f) => ['set', 'alter system'].includes(String(f.priv_name))),
  ],
  CreateEventTrigStmt: [feature(17, 'event triggers on login', has('eventname', 'login'))],
  ViewStmt: [feature(15, 'views with security_invoker', option('security_invoker'))],
  PublicationObjSpec: [
    feature(15, 'publications of the tables in a schema', (f) =>
      String(f.pubobjtype).startsWith('PUBLICATIONOBJ_TABLES_IN_'),
    ),
  ],
  PublicationTable: [
    feature(15, 'publications with a list of columns', (f) => listOf(f.columns).length > 0),
    feature(15, 'publications with WHERE', (f) => f.whereClause !== undefined),
  ],
  CreateSeqStmt: [feature(15, 'sequences that are UNLOGGED', (f) => fieldsOfRange(f.sequence).relpersistence === 'u')],
  CreateFunctionStmt: [feature(14, 'bodies in BEGIN ATOMIC or RETURN', (f) => f.sql_body !== undefined)],
  CreateTrigStmt: [feature(14, 'CREATE OR REPLACE TRIGGER', has('replace'))],
  CTESearchClause: [feature(14, 'SEARCH')],
  CTECycleClause: [feature(14, 'CYCLE')],
  CommonTableExpr: [
    feature(12, 'MATERIALIZED in WITH', (f) =>
      ['CTEMaterializeAlways', 'CTEMaterializeNever'].includes(String(f.ctematerialized)),
    ),
  ],
  SelectStmt: [
    feature(14, 'GROUP BY DISTINCT', has('groupDistinct')),
    feature(13, 'FETCH FIRST … WITH TIES', has('limitOption', 'LIMIT_OPTION_WITH_TIES')),
  ],
  ReindexStmt: [
    feature(14, 'REINDEX with TABLESPACE', ({ params }) => option('tablespace')({ options: params })),
    feature(12, 'REINDEX CONCURRENTLY', ({ params }) => option('concurrently')({ options: params })),
  ],
  DropdbStmt: [feature(13, 'DROP DATABASE … WITH (FORCE)', option('force'))],
  DefineStmt: [
    feature(
      17,
      'collations of the builtin provider',
      (f) => f.kind === 'OBJECT_COLLATION' && option('provider', 'builtin')({ options: f.definition }),
    ),
  ],
};

function isCheckOrKey({ contype }: Fields): boolean {
  return contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN';
}

function isOldOrNew(target: unknown): boolean {
  const fields = listOf(fieldsOf(fieldsOf(target, 'ResTarget').val, 'ColumnRef').fields);
  return fields.length > 1 && ['old', 'new'].includes(String(fieldsOf(fields[0], 'String').sval));
}

function concurrently(def: unknown): boolean {
  return fieldsOf(def, 'PartitionCmd').concurrent === true;
}

function isOnly(one: unknown): boolean {
  const relation = fieldsOfRange(fieldsOf(one, 'VacuumRelation').relation);
  return Object.keys(relation).length > 0 && relation.inh !== true;
}
