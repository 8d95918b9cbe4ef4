import { shapeOf } from './index-shape.ts';
import { type NodeBody, type NodeReaders, readNode } from './node-readers.ts';
import type { Node } from './parser.ts';
import { isReadingSetting, keepsReading, type ReadingSetting, setsReadingIn } from './reading.ts';
import type { IndexName, Relation, Statement, Trace } from './source.ts';

/** What a statement means to a transaction. */
export interface Classified
  extends Pick<
    Statement,
    'transactional' | 'index' | 'found' | 'trace' | 'session' | 'setsUnseen' | 'mayCommit' | 'addsValue'
  > {
  /** Better than the words it begins with, where those say too little. */
  readonly label?: string;
  readonly verb?: 'begin' | 'end' | 'savepoint' | undefined;
  /** The setting by which it changes how the rest of the text is read. */
  readonly reading?: ReadingSetting;
}

/** From PostgreSQL's own parse tree. DO and CALL may commit inside; in a transaction the server refuses that (F21). */
export function classify(node: Node): Classified {
  return readNode(node, rules) ?? { transactional: true };
}

/** A call of set_config, wherever it stands in a statement, that changes how the rest of the text is read. */
export function readingSetBy(node: unknown): ReadingSetting | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  for (const [key, value] of Object.entries(node)) {
    const reading = key === 'FuncCall' ? setsReading(value as NodeBody<'FuncCall'>) : undefined;
    const found = reading ?? readingSetBy(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * What PostgreSQL refuses inside a transaction block: the callers of PreventInTransactionBlock in PostgreSQL 18. What depends on the
 * catalog is not here: REINDEX and CLUSTER of a partitioned table.
 */
const rules: NodeReaders<Classified | undefined> = {
  TransactionStmt: ({ kind }) => ({ transactional: true, verb: verbOf(kind ?? '') }),

  IndexStmt: (statement) => {
    if (statement.concurrent) return outside('CREATE INDEX CONCURRENTLY', { index: createdIndex(statement) });
    return statement.if_not_exists ? { transactional: true, found: createdIndex(statement) } : undefined;
  },
  DropStmt: ({ concurrent, objects }) =>
    concurrent ? outside('DROP INDEX CONCURRENTLY', { index: droppedIndex(objects?.[0]) }) : undefined,
  ReindexStmt: reindex,
  AlterTableStmt: ({ cmds, relation }) => detached(relation, cmds?.map(detachedConcurrently).find(Boolean)),

  VacuumStmt: ({ is_vacuumcmd }) => (is_vacuumcmd ? outside('VACUUM', repeatable) : undefined),
  ClusterStmt: ({ relation }) => (relation ? ofPartitions : outside('CLUSTER of every table', repeatable)),
  CreatedbStmt: ({ dbname }) => outside('CREATE DATABASE', object('create', 'database', dbname)),
  DropdbStmt: ({ dbname }) => outside('DROP DATABASE', object('drop', 'database', dbname)),
  AlterDatabaseStmt: ({ options }) =>
    options?.some((option) => nameOf(option) === 'tablespace')
      ? outside('ALTER DATABASE SET TABLESPACE', repeatable)
      : undefined,
  CreateTableSpaceStmt: ({ tablespacename }) =>
    outside('CREATE TABLESPACE', object('create', 'tablespace', tablespacename)),
  DropTableSpaceStmt: ({ tablespacename }) => outside('DROP TABLESPACE', object('drop', 'tablespace', tablespacename)),
  AlterSystemStmt: () => outside('ALTER SYSTEM', repeatable),
  DiscardStmt: ({ target }) => (target === 'DISCARD_ALL' ? outside('DISCARD ALL', repeatable) : undefined),

  CreateSubscriptionStmt: ({ options, subname }) =>
    isOff(options, 'connect') || isOff(options, 'create_slot')
      ? undefined
      : outside('CREATE SUBSCRIPTION', object('create', 'subscription', subname)),
  AlterSubscriptionStmt: ({ kind, options }) => alterSubscription(kind ?? '', options),
  // With slot_name = NONE it may run inside a transaction; the text alone does not tell.
  DropSubscriptionStmt: ({ subname }) => outside('DROP SUBSCRIPTION', object('drop', 'subscription', subname)),

  CallStmt: () => ({ transactional: true, mayCommit: true }),
  DoStmt: ({ args }) => ({
    transactional: true,
    mayCommit: args?.some(commits) || undefined,
    setsUnseen: args?.some(setsUnseen) || undefined,
    ...readingOf(args?.map(bodyOf).map(setsReadingIn).find(Boolean)?.name),
  }),
  LoadStmt: () => ({ transactional: true, session: true }),
  ListenStmt: () => ({ transactional: true, session: true }),
  UnlistenStmt: () => ({ transactional: true, session: true }),

  AlterEnumStmt: ({ oldVal }) => (oldVal === undefined ? { transactional: true, addsValue: true } : undefined),

  VariableSetStmt: ({ name, kind, args, is_local }) => ({
    transactional: true,
    session: is_local ? undefined : true,
    ...readingOf(changesReading(name, kind === 'VAR_SET_VALUE' ? args?.[0] : undefined)),
  }),
  SelectStmt: ({ targetList }) => ({
    transactional: true,
    // As SET: what the statements after it rely on is said again where a step goes on in another session.
    session: targetList?.some(setsSession) || undefined,
  }),
};

const repeatable: Pick<Classified, 'trace'> = { trace: { kind: 'repeatable' } };
/** Of a partitioned table each partition is done, and committed, by itself: PostgreSQL allows it in no transaction, and only it knows. */
const ofPartitions: Classified = { transactional: true, mayCommit: true, ...repeatable };

function outside(label: string, seen: Pick<Classified, 'index' | 'trace'> = {}): Classified {
  return { transactional: false, label, ...seen };
}

type ObjectTrace = Extract<Trace, { kind: 'object' }>;

function object(
  action: ObjectTrace['action'],
  catalog: ObjectTrace['catalog'],
  name: string | undefined,
): Pick<Classified, 'trace'> {
  return name === undefined ? {} : { trace: { kind: 'object', action, catalog, name } };
}

/** Words alone: a COMMIT in a string inside the body makes it more careful than it need be. */
function commits(argument: Node): boolean {
  return /\b(?:commit|rollback)\b/i.test(bodyOf(argument));
}

function bodyOf(argument: Node): string {
  return 'DefElem' in argument ? (stringOf(argument.DefElem.arg) ?? '') : '';
}

/** Words alone, as well. What ends with its transaction is none of it; what a function sets is not looked into. */
function setsUnseen(argument: Node): boolean {
  const body = bodyOf(argument);
  return /\bset_config\s*\([^;]*,\s*'?(?:f|false|off|no?|0)'?\s*\)/i.test(body) || setting.test(body);
}

const setting = /(?:^|;|'|\b(?:begin|then|else|loop))\s*(?:SET\s+(?!(?:LOCAL|CONSTRAINTS|TRANSACTION)\b)|RESET\s+\w)/i;

function verbOf(kind: string): 'begin' | 'end' | 'savepoint' {
  if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') return 'begin';
  return /SAVEPOINT|RELEASE|ROLLBACK_TO$/.test(kind) ? 'savepoint' : 'end';
}

function createdIndex(statement: NodeBody<'IndexStmt'>): IndexName {
  const { idxname, relation } = statement;
  return {
    action: 'create',
    ...qualified(relation?.schemaname, idxname),
    ...onTable(relation),
    mayExist: statement.if_not_exists || undefined,
    shape: shapeOf(statement),
  };
}

function droppedIndex(object: Node | undefined): IndexName {
  const names = object && 'List' in object ? (object.List.items ?? []).map(stringOf) : [];
  return { action: 'drop', ...qualified(names.at(-2), names.at(-1)) };
}

function reindex({ kind, relation, name, params }: NodeBody<'ReindexStmt'>): Classified | undefined {
  const concurrently = params?.some((param) => nameOf(param) === 'concurrently') && !isOff(params, 'concurrently');
  const object = (kind ?? '').replace('REINDEX_OBJECT_', '');
  const wide = object !== 'INDEX' && object !== 'TABLE';
  if (!concurrently) return wide ? outside(`REINDEX ${object}`, repeatable) : ofPartitions;
  const index: IndexName = {
    action: 'reindex',
    ...(object === 'INDEX' ? qualified(relation?.schemaname, relation?.relname) : onTable(relation)),
    ...(object === 'SCHEMA' ? qualified(name, undefined) : {}),
  };
  return outside(`REINDEX ${object} CONCURRENTLY`, { index });
}

function qualified(
  schema: string | undefined,
  name: string | undefined,
): { schema?: string | undefined; name?: string | undefined } {
  return { schema, name };
}

function onTable(relation: NodeBody<'RangeVar'> | undefined): Pick<IndexName, 'table'> {
  return { table: relationOf(relation) };
}

function relationOf(relation: NodeBody<'RangeVar'> | undefined): Relation | undefined {
  if (!relation?.relname) return undefined;
  return { schema: relation.schemaname, name: relation.relname };
}

function detachedConcurrently(command: Node): NodeBody<'RangeVar'> | undefined {
  if (!('AlterTableCmd' in command)) return undefined;
  const { def } = command.AlterTableCmd;
  return def !== undefined && 'PartitionCmd' in def && def.PartitionCmd.concurrent === true
    ? def.PartitionCmd.name
    : undefined;
}

function detached(
  table: NodeBody<'RangeVar'> | undefined,
  detaching: NodeBody<'RangeVar'> | undefined,
): Classified | undefined {
  if (detaching === undefined) return undefined;
  const parent = relationOf(table);
  const partition = relationOf(detaching);
  return outside(
    'DETACH PARTITION CONCURRENTLY',
    parent && partition ? { trace: { kind: 'detach', parent, partition } } : {},
  );
}

function alterSubscription(kind: string, options: readonly Node[] | undefined): Classified | undefined {
  if (kind === 'ALTER_SUBSCRIPTION_REFRESH') return outside('ALTER SUBSCRIPTION REFRESH PUBLICATION', repeatable);
  if (/_(?:SET|ADD|DROP)_PUBLICATION$/.test(kind)) {
    return isOff(options, 'refresh') ? undefined : outside('ALTER SUBSCRIPTION with refresh', repeatable);
  }
  const slot = options?.some((option) => ['failover', 'two_phase'].includes(nameOf(option) ?? ''));
  return kind === 'ALTER_SUBSCRIPTION_OPTIONS' && slot
    ? outside('ALTER SUBSCRIPTION of its slot', repeatable)
    : undefined;
}

const nameOf = (option: Node): string | undefined => ('DefElem' in option ? option.DefElem.defname : undefined);

/** An option that is named and turned off. Named without a value it is on. */
function isOff(options: readonly Node[] | undefined, name: string): boolean {
  return options?.some((option) => nameOf(option) === name && isFalse(option)) ?? false;
}

function isFalse(option: Node): boolean {
  const arg = 'DefElem' in option ? option.DefElem.arg : undefined;
  if (arg === undefined) return false;
  if ('Integer' in arg) return (arg.Integer.ival ?? 0) === 0;
  // `off` without quotes is parsed as the name of a type.
  const word = 'TypeName' in arg ? stringOf(arg.TypeName.names?.at(-1)) : stringOf(arg);
  return /^(?:false|off)$/i.test(word ?? '');
}

const readingOf = (reading: ReadingSetting | undefined): Pick<Classified, 'reading'> =>
  reading === undefined ? {} : { reading };

/** To go back to the server's own default is to change it, too. */
function changesReading(name: string | undefined, value: Node | undefined): ReadingSetting | undefined {
  const setting = name?.toLowerCase();
  return isReadingSetting(setting) && !keepsReading(setting, constantOf(value)) ? setting : undefined;
}

/** `SELECT set_config('client_encoding', …)`, as dumps and tools write it. Arguments by name are not sorted out: they are refused. */
function setsReading({ funcname, args = [] }: NodeBody<'FuncCall'>): ReadingSetting | undefined {
  if (stringOf(funcname?.at(-1)) !== 'set_config') return undefined;
  const named = args.map((arg) => ('NamedArgExpr' in arg ? arg.NamedArgExpr.arg : undefined)).find(isNamed);
  return changesReading(constantOf(named ?? args[0]), named === undefined ? args[1] : undefined);
}

const isNamed = (arg: Node | undefined): boolean => isReadingSetting(constantOf(arg)?.toLowerCase());

/** What a constant says, a cast of it, too. */
function constantOf(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if ('TypeCast' in node) return constantOf(node.TypeCast.arg);
  if (!('A_Const' in node)) return undefined;
  const { ival, sval } = node.A_Const;
  return sval?.sval ?? (ival === undefined ? undefined : String(ival.ival ?? 0));
}

function setsSession(target: Node): boolean {
  const call = 'ResTarget' in target ? target.ResTarget.val : undefined;
  return call !== undefined && 'FuncCall' in call && stringOf(call.FuncCall.funcname?.at(-1)) === 'set_config';
}

const stringOf = (node: Node | undefined): string | undefined =>
  node !== undefined && 'String' in node ? node.String.sval : undefined;
