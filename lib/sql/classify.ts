import type { Node } from './parser.ts';
import type { IndexName } from './source.ts';

/** What a statement means to a transaction. */
export interface Classified {
  /** False for what the server refuses inside a transaction block (25001). */
  readonly transactional: boolean;
  /** Better than the words it begins with, where those say too little. */
  readonly label?: string;
  readonly index?: IndexName;
  readonly verb?: 'begin' | 'end' | 'savepoint';
  /** It changes what a string constant is for the rest of the session (F60). */
  readonly stringRules?: true;
}

/** From PostgreSQL's own parse tree. DO and CALL may commit inside; in a transaction the server refuses that (F21). */
export function classify(node: Node): Classified {
  const [kind, body] = Object.entries(node)[0] ?? [];
  const rule = kind !== undefined && Object.hasOwn(rules, kind) ? rules[kind as Kind] : undefined;
  return (rule as ((body: unknown) => Classified | undefined) | undefined)?.(body) ?? { transactional: true };
}

type Kind = Node extends infer Each ? (Each extends unknown ? keyof Each : never) : never;
type Body<K extends Kind> = Extract<Node, Record<K, unknown>>[K];
type Rules = { readonly [K in Kind]?: (body: Body<K>) => Classified | undefined };

/** Facts 1.4, and the calls of PreventInTransactionBlock in PostgreSQL 18. What depends on the catalog is not here: REINDEX and CLUSTER of a partitioned table. */
const rules: Rules = {
  TransactionStmt: ({ kind }) => ({ transactional: true, verb: verbOf(kind ?? '') }),

  IndexStmt: ({ concurrent, idxname, relation }) =>
    concurrent ? outside('CREATE INDEX CONCURRENTLY', createdIndex(idxname, relation)) : undefined,
  DropStmt: ({ concurrent, objects }) =>
    concurrent ? outside('DROP INDEX CONCURRENTLY', droppedIndex(objects?.[0])) : undefined,
  ReindexStmt: reindex,
  AlterTableStmt: ({ cmds }) =>
    cmds?.some(detachesConcurrently) ? outside('DETACH PARTITION CONCURRENTLY') : undefined,

  VacuumStmt: ({ is_vacuumcmd }) => (is_vacuumcmd ? outside('VACUUM') : undefined),
  ClusterStmt: ({ relation }) => (relation ? undefined : outside('CLUSTER of every table')),
  CreatedbStmt: () => outside('CREATE DATABASE'),
  DropdbStmt: () => outside('DROP DATABASE'),
  AlterDatabaseStmt: ({ options }) =>
    options?.some((option) => nameOf(option) === 'tablespace') ? outside('ALTER DATABASE SET TABLESPACE') : undefined,
  CreateTableSpaceStmt: () => outside('CREATE TABLESPACE'),
  DropTableSpaceStmt: () => outside('DROP TABLESPACE'),
  AlterSystemStmt: () => outside('ALTER SYSTEM'),
  DiscardStmt: ({ target }) => (target === 'DISCARD_ALL' ? outside('DISCARD ALL') : undefined),

  CreateSubscriptionStmt: ({ options }) =>
    isOff(options, 'connect') || isOff(options, 'create_slot') ? undefined : outside('CREATE SUBSCRIPTION'),
  AlterSubscriptionStmt: ({ kind, options }) => alterSubscription(kind ?? '', options),
  // With slot_name = NONE it may run inside a transaction; the text alone does not tell.
  DropSubscriptionStmt: () => outside('DROP SUBSCRIPTION'),

  VariableSetStmt: ({ name, kind, args }) =>
    name === 'standard_conforming_strings' && !(kind === 'VAR_SET_VALUE' && isOn(args?.[0]))
      ? { transactional: true, stringRules: true }
      : undefined,
};

function outside(label: string, index?: IndexName): Classified {
  return { transactional: false, label, ...(index && { index }) };
}

function verbOf(kind: string): 'begin' | 'end' | 'savepoint' {
  if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') return 'begin';
  return /SAVEPOINT|RELEASE|ROLLBACK_TO$/.test(kind) ? 'savepoint' : 'end';
}

function createdIndex(name: string | undefined, relation: Body<'RangeVar'> | undefined): IndexName {
  return { action: 'create', ...qualified(relation?.schemaname, name), ...onTable(relation) };
}

function droppedIndex(object: Node | undefined): IndexName {
  const names = object && 'List' in object ? (object.List.items ?? []).map(stringOf) : [];
  return { action: 'drop', ...qualified(names.at(-2), names.at(-1)) };
}

function reindex({ kind, relation, name, params }: Body<'ReindexStmt'>): Classified | undefined {
  const concurrently = params?.some((param) => nameOf(param) === 'concurrently') && !isOff(params, 'concurrently');
  const object = (kind ?? '').replace('REINDEX_OBJECT_', '');
  const wide = object !== 'INDEX' && object !== 'TABLE';
  if (!concurrently) return wide ? outside(`REINDEX ${object}`) : undefined;
  return outside(`REINDEX ${object} CONCURRENTLY`, {
    action: 'reindex',
    ...(object === 'INDEX' ? qualified(relation?.schemaname, relation?.relname) : onTable(relation)),
    ...(object === 'SCHEMA' ? qualified(name, undefined) : {}),
  });
}

function qualified(schema: string | undefined, name: string | undefined): { schema?: string; name?: string } {
  return { ...(schema && { schema }), ...(name && { name }) };
}

function onTable(relation: Body<'RangeVar'> | undefined): Pick<IndexName, 'table'> {
  if (!relation?.relname) return {};
  return { table: { ...(relation.schemaname && { schema: relation.schemaname }), name: relation.relname } };
}

function detachesConcurrently(command: Node): boolean {
  if (!('AlterTableCmd' in command)) return false;
  const { def } = command.AlterTableCmd;
  return def !== undefined && 'PartitionCmd' in def && def.PartitionCmd.concurrent === true;
}

function alterSubscription(kind: string, options: readonly Node[] | undefined): Classified | undefined {
  if (kind === 'ALTER_SUBSCRIPTION_REFRESH') return outside('ALTER SUBSCRIPTION REFRESH PUBLICATION');
  if (/_(?:SET|ADD|DROP)_PUBLICATION$/.test(kind)) {
    return isOff(options, 'refresh') ? undefined : outside('ALTER SUBSCRIPTION with refresh');
  }
  const slot = options?.some((option) => ['failover', 'two_phase'].includes(nameOf(option) ?? ''));
  return kind === 'ALTER_SUBSCRIPTION_OPTIONS' && slot ? outside('ALTER SUBSCRIPTION of its slot') : undefined;
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

/** The spellings of true that the server's parse_bool takes. */
function isOn(value: Node | undefined): boolean {
  if (value === undefined || !('A_Const' in value)) return false;
  const { ival, sval } = value.A_Const;
  return ival?.ival === 1 || /^(?:on|t|tr|tru|true|y|ye|yes|1)$/i.test(sval?.sval ?? '');
}

const stringOf = (node: Node | undefined): string | undefined =>
  node !== undefined && 'String' in node ? node.String.sval : undefined;
