import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import type { ForeignTable, Index, Policy, Rule, Table, Trigger } from '../relation.ts';
import { columnLine, columnStatements, constraintLine } from './column.ts';
import { block, comment, foreignOptions, granted, withOptions, words } from './words.ts';

export function tableStatements(table: Table): readonly string[] {
  const name = quoteRelation(table.name);
  const alter = `ALTER TABLE ONLY ${name}`;
  return [
    createTable(table, name),
    ...granted(`TABLE ${name}`, table, undefined, name),
    ...attach(table, name),
    ...(table.rowSecurity ? [`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`] : []),
    ...(table.forcesRowSecurity ? [`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;`] : []),
    ...(table.replicaIdentity === 'default' ? [] : [`${alter} REPLICA IDENTITY ${identityOf(table)};`]),
    ...table.columns.flatMap((column) => columnStatements(column, alter, name)),
    ...table.constraints.flatMap(({ name: own, comment: text }) =>
      comment(`CONSTRAINT ${quoteIdent(own)} ON ${name}`, text),
    ),
    ...table.indexes.flatMap((index) => indexStatements(index, table)),
    ...table.triggers.flatMap((trigger) => triggerStatements(trigger, `ALTER TABLE ${name}`, name)),
    ...table.rules.flatMap((rule) => ruleStatements(rule, `ALTER TABLE ${name}`, name)),
    ...table.policies.flatMap((policy) => policyStatements(policy, name)),
  ];
}

function createTable(table: Table, name: string): string {
  const { columns, constraints, inherits, partition, partitionKey, persistence, ofType, accessMethod, tablespace } =
    table;
  const isPartition = partition !== null;
  const toast = Object.fromEntries(Object.entries(table.toastOptions).map(([key, value]) => [`toast.${key}`, value]));
  const items = [
    ...columns.map((column) => columnLine(column, isPartition)),
    ...constraints.map((constraint) => constraintLine(constraint, isPartition)),
  ];
  const head = words('CREATE', persistence !== 'permanent' && persistence.toUpperCase(), `TABLE ${name}`);
  return `${words(
    head,
    ofType !== null && `OF ${ofType}`,
    block(items),
    inherits.length > 0 && `INHERITS (${inherits.map(quoteRelation).join(', ')})`,
    partitionKey !== null && `PARTITION BY ${partitionKey}`,
    accessMethod !== null && accessMethod !== 'heap' && `USING ${quoteIdent(accessMethod)}`,
    withOptions({ ...table.options, ...toast }),
    tablespace !== null && `TABLESPACE ${quoteIdent(tablespace)}`,
  )};`;
}

function attach({ partition }: Pick<Table, 'partition'>, name: string): readonly string[] {
  if (partition === null) return [];
  const { of, bound, detaching } = partition;
  return [
    `ALTER TABLE ONLY ${quoteRelation(of)} ATTACH PARTITION ${name} ${bound};${detaching ? ' -- DETACH CONCURRENTLY is not finished' : ''}`,
  ];
}

function identityOf({ replicaIdentity }: Table): string {
  const [, index] = /^index (.*)$/s.exec(replicaIdentity) ?? [];
  return index === undefined ? replicaIdentity.toUpperCase() : `USING INDEX ${quoteIdent(index)}`;
}

export function foreignTableStatements(table: ForeignTable): readonly string[] {
  const name = quoteRelation(table.name);
  const alter = `ALTER FOREIGN TABLE ${name}`;
  const isPartition = table.partition !== null;
  const items = [
    ...table.columns.map((column) => columnLine(column, isPartition)),
    ...table.constraints.map((constraint) => constraintLine(constraint, isPartition)),
  ];
  const create = words(
    `CREATE FOREIGN TABLE ${name} ${block(items)}`,
    table.inherits.length > 0 && `INHERITS (${table.inherits.map(quoteRelation).join(', ')})`,
    `SERVER ${quoteIdent(table.server)}`,
    foreignOptions(table.foreignOptions),
  );
  return [
    `${create};`,
    ...granted(`FOREIGN TABLE ${name}`, table, undefined, name),
    ...attach(table, name),
    ...table.columns.flatMap((column) => columnStatements(column, alter, name)),
    ...table.constraints.flatMap(({ name: own, comment: text }) =>
      comment(`CONSTRAINT ${quoteIdent(own)} ON ${name}`, text),
    ),
    ...table.triggers.flatMap((trigger) => triggerStatements(trigger, alter, name)),
    ...table.rules.flatMap((rule) => ruleStatements(rule, alter, name)),
  ];
}

/** Storage parameters and tablespace stand in front of the predicate. */
function createIndex({ definition, options, tablespace, predicate }: Index): string {
  const where = predicate === null ? '' : ` WHERE ${predicate}`;
  const isLast = where !== '' && definition.endsWith(where);
  return words(
    isLast ? definition.slice(0, -where.length) : definition,
    withOptions(options),
    tablespace !== null && `TABLESPACE ${quoteIdent(tablespace)}`,
    isLast && where.trimStart(),
  );
}

/** Of a constraint's index only what the constraint does not say. */
export function indexStatements(index: Index, { name: table }: Pick<Table, 'name'>): readonly string[] {
  const name = quoteRelation({ schema: table.schema, name: index.name });
  const { constraint, options, tablespace, valid, clustered, parent, statisticsTargets } = index;
  const create = createIndex(index);
  const isPlain = Object.keys(options).length === 0 && tablespace === null;
  return [
    ...(constraint !== null && isPlain ? [] : [`${constraint === null ? '' : '-- of a constraint: '}${create};`]),
    ...(valid ? [] : [`-- INVALID: ${name}`]),
    ...(parent === null ? [] : [`ALTER INDEX ${quoteRelation(parent)} ATTACH PARTITION ${name};`]),
    ...(clustered ? [`ALTER TABLE ${quoteRelation(table)} CLUSTER ON ${quoteIdent(index.name)};`] : []),
    ...Object.entries(statisticsTargets).map(
      ([column, target]) => `ALTER INDEX ${name} ALTER COLUMN ${column} SET STATISTICS ${target};`,
    ),
    ...comment(`INDEX ${name}`, index.comment),
  ];
}

const firing = { origin: '', replica: 'ENABLE REPLICA', always: 'ENABLE ALWAYS', disabled: 'DISABLE' } as const;

export function triggerStatements(trigger: Trigger, alter: string, table: string): readonly string[] {
  const { definition, enabled, inherited } = trigger;
  const name = quoteIdent(trigger.name);
  return [
    ...(inherited ? [] : [`${definition};`]),
    ...(firing[enabled] === '' ? [] : [`${alter} ${firing[enabled]} TRIGGER ${name};`]),
    ...comment(`TRIGGER ${name} ON ${table}`, trigger.comment),
  ];
}

export function ruleStatements(rule: Rule, alter: string, table: string): readonly string[] {
  const name = quoteIdent(rule.name);
  return [
    `${rule.definition.replace(/;\s*$/, '')};`,
    ...(firing[rule.enabled] === '' ? [] : [`${alter} ${firing[rule.enabled]} RULE ${name};`]),
    ...comment(`RULE ${name} ON ${table}`, rule.comment),
  ];
}

export function policyStatements(policy: Policy, table: string): readonly string[] {
  const { command, permissive, roles, using, withCheck } = policy;
  const name = quoteIdent(policy.name);
  const create = words(
    `CREATE POLICY ${name} ON ${table}`,
    !permissive && 'AS RESTRICTIVE',
    command !== 'all' && `FOR ${command.toUpperCase()}`,
    `TO ${roles.map((role) => (role === 'public' ? role : quoteIdent(role))).join(', ')}`,
    using !== null && `USING (${using})`,
    withCheck !== null && `WITH CHECK (${withCheck})`,
  );
  return [`${create};`, ...comment(`POLICY ${name} ON ${table}`, policy.comment)];
}
