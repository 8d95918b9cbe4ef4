import type { Name } from '../../schema/name.ts';
import type { Constraint, Firing, Index, Policy, Table } from '../../schema/relation.ts';
import { constraintLine } from '../../schema/render/column.ts';
import { indexStatements, policyStatements, ruleStatements, triggerStatements } from '../../schema/render/table.ts';
import { isSame } from '../../schema/same.ts';
import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import { described, writeOptions } from './common.ts';
import { onAll, replicaIdentity } from './table.ts';
import { again, cannot, follows, type Remedies, run, type Subject, type Written } from './written.ts';

export const constraint: Remedies<'constraint'> = {
  drop: (of, value) => run(`${of.alter} DROP CONSTRAINT ${quoteIdent(of.name)};`, ...keepIndex(of, value)),
  make: (of, value) => (isValidatedBehind(of, value) ? addForeignKey(of, value) : run(...addConstraint(of, value))),
  alter: {
    ...described,
    inheritance: () => follows('what the table inherits'),
    definition: () => again,
    validated: (of, wanted) => {
      // A row may keep it from being valid, and nothing else is to wait for that.
      if (wanted) return { ...run(`${of.alter} VALIDATE CONSTRAINT ${quoteIdent(of.name)};`), isLate: true };
      return isFromAbove(of) ? cannot('It is from the table above, and can be made again only there.') : again;
    },
    enforced: () => again,
    deferrable: ({ alter, name, wanted: value }, wanted) =>
      value?.type === 'foreign key'
        ? run(`${alter} ALTER CONSTRAINT ${quoteIdent(name)} ${deferrable[wanted]};`)
        : again,
    noInherit: () => again,
    firing: writeConstraintFiring,
  },
};

const deferrable = {
  no: 'NOT DEFERRABLE',
  'initially immediate': 'DEFERRABLE INITIALLY IMMEDIATE',
  'initially deferred': 'DEFERRABLE INITIALLY DEFERRED',
} as const;

/** A check says nothing of where a partition has it from: it has that of its table, under the same name. */
function isFromAbove({ there, live, of, name }: Subject<'constraint'>): boolean {
  const table = live.tables.find((one) => isSame(one.name, of?.name));
  const parent = live.tables.find((one) => isSame(one.name, table?.partition?.of));
  const isOfParent = parent?.constraints.some((one) => one.name === name && one.type === 'check') ?? false;
  return isOfParent || (there !== undefined && (there.parent !== null || there.inheritance !== 'local'));
}

/** A table that is there may have rows. A partitioned one takes no NOT VALID before version 18. */
function isValidatedBehind(of: Subject<'constraint'>, { type, validated, enforced }: Constraint): boolean {
  const there = of.live.tables.find(({ name }) => isSame(name, of.of?.name));
  const isTaken = there?.partitionKey === null || of.live.major >= 18;
  return type === 'foreign key' && validated && enforced && there !== undefined && isTaken;
}

/** Behind all else: where a table that it refers to is made again, the rows that its own table refers to are gone. */
function addForeignKey(of: Subject<'constraint'>, value: Constraint): Written {
  const validate = `${of.alter} VALIDATE CONSTRAINT ${quoteIdent(value.name)};`;
  return { ...run(...addConstraint(of, { ...value, validated: false }), validate), isLate: true };
}

function addConstraint(of: Subject<'constraint'>, value: Constraint): readonly string[] {
  const note = described.comment(of, value.comment).statements;
  const index = tableOf(of)?.indexes.find((one) => one.constraint === value.name);
  return [
    ...(addUsing(of, value, index) ?? [`${of.alter} ADD ${constraintLine(value, true)};`]),
    ...(value.comment === null ? [] : note),
    ...(index === undefined
      ? []
      : indexStatements({ ...index, parent: null }, of.of as Pick<Table, 'name'>).filter(isRun)),
    ...(index === undefined ? [] : keepIdentity(of, index)),
  ];
}

/** Where an index of its name already exists the key takes that over, or it makes room. */
function addUsing(
  { of, alter, live, name }: Subject<'constraint'>,
  value: Constraint,
  index: Index | undefined,
): readonly string[] | undefined {
  const table = live.tables.find((one) => isSame(one.name, of?.name));
  const there = table?.indexes.find((one) => one.name === value.index && one.constraint === null);
  if (table === undefined || there === undefined || index === undefined) return undefined;
  const { schema } = table.name;
  if (there.definition !== index.definition || !there.valid)
    return [
      `DROP INDEX ${quoteRelation({ schema, name: there.name })};`,
      `${alter} ADD ${constraintLine(value, true)};`,
    ];
  return [`${alter} ADD CONSTRAINT ${quoteIdent(name)} ${usingIndex(value, there.name)};`];
}

/** Of a key: what stands behind its name where it takes over an index that is there. */
export function usingIndex({ type, deferrable: waits }: Constraint, index: string): string {
  const waiting = waits === 'no' ? '' : ` ${deferrable[waits]}`;
  return `${type.toUpperCase()} USING INDEX ${quoteIdent(index)}${waiting}`;
}

/** The index that a key was made of goes with the key. */
function keepIndex(of: Subject<'constraint'>, { index }: Constraint): readonly string[] {
  const kept = tableOf(of)?.indexes.find((one) => one.name === index && one.constraint === null);
  if (kept === undefined) return [];
  return indexStatements({ ...kept, definition: onAll(kept) }, of.of as Pick<Table, 'name'>).filter(isRun);
}

function isRun(statement: string): boolean {
  return !statement.startsWith('--');
}

function tableOf({ expected, of }: Pick<Subject<'constraint'>, 'expected' | 'of'>): Table | undefined {
  return expected.tables.find(({ name }) => isSame(name, of?.name));
}

/** The triggers of a foreign key have names that differ from database to database: all of both tables, and then those that are not to fire. */
function writeConstraintFiring(of: Subject<'constraint'>, wanted: boolean): Written {
  if (!wanted) return cannot('The triggers of a foreign key have no names that a script could know.');
  const names = [of.of?.name as Name, ...(of.wanted?.references ? [of.wanted.references.table] : [])];
  const tables = of.expected.tables.filter((one) => names.some((name) => isSame(name, one.name)));
  return run(
    ...tables.flatMap(({ name, triggers }) => {
      const alter = `ALTER TABLE ${quoteRelation(name)}`;
      const silent = triggers.filter(({ enabled }) => enabled !== 'origin');
      return [
        `${alter} ENABLE TRIGGER ALL;`,
        ...silent.map((trigger) => `${alter} ${fire[trigger.enabled]} TRIGGER ${quoteIdent(trigger.name)};`),
      ];
    }),
  );
}

const fire: Readonly<Record<Firing, string>> = {
  ...{ origin: 'ENABLE', replica: 'ENABLE REPLICA', always: 'ENABLE ALWAYS', disabled: 'DISABLE' },
};

export const index: Remedies<'index'> = {
  drop: ({ object }) => run(`DROP ${object};`),
  make: (of, value) => run(...makeIndex(of, value)),
  alter: {
    ...described,
    definition: ({ wanted, there }) => {
      if (wanted?.constraint !== null) return follows('the constraint it is of');
      return wanted.parent !== null && there?.parent != null ? follows('the index of the partitioned table') : again;
    },
    valid: ({ object }, wanted) =>
      wanted
        ? run(`REINDEX ${object.replace('INDEX ', 'INDEX CONCURRENTLY ')};`)
        : cannot('Nobody makes an index INVALID on purpose: make it again.'),
    clustered: ({ alter, name }, wanted) => ({
      ...run(wanted ? `${alter} CLUSTER ON ${quoteIdent(name)};` : `${alter} SET WITHOUT CLUSTER;`),
      isLate: wanted,
    }),
    tablespace: ({ object }, wanted) => run(`ALTER ${object} SET TABLESPACE ${quoteIdent(wanted ?? 'pg_default')};`),
    options: ({ object }, wanted, there) => writeOptions(`ALTER ${object}`, wanted, there),
    statisticsTargets: ({ object }, wanted, there) =>
      run(
        ...[...new Set([...Object.keys(wanted), ...Object.keys(there)])]
          .filter((number) => wanted[number] !== there[number])
          .map((number) => `ALTER ${object} ALTER COLUMN ${number} SET STATISTICS ${wanted[number] ?? -1};`),
      ),
    parent: ({ object }, wanted) =>
      wanted === null
        ? cannot("PostgreSQL can't take an index off the one of the partitioned table.")
        : run(`ALTER INDEX ${quoteRelation(wanted)} ATTACH PARTITION ${object.replace(/^INDEX /, '')};`),
  },
};

function makeIndex(of: Subject<'index'>, value: Index): readonly string[] {
  return [
    ...indexStatements({ ...value, definition: onAll(value) }, of.of as Pick<Table, 'name'>).filter(isRun),
    ...keepIdentity(of, value),
  ];
}

/** Where the index that identifies rows in replication goes, nothing identifies them, whatever comes under its name. */
function keepIdentity(of: Subject<'constraint'> | Subject<'index'>, { name }: Index): readonly string[] {
  const [wanted, there] = [of.expected, of.live].map(({ tables }) =>
    tables.find((one) => isSame(one.name, of.of?.name)),
  );
  const identity = `index ${name}` as const;
  if (wanted?.replicaIdentity !== identity || there?.replicaIdentity !== identity) return [];
  return [replicaIdentity(wanted.name, identity)];
}

export const trigger: Remedies<'trigger'> = {
  drop: ({ object }) => run(`DROP ${object};`),
  make: ({ alter, table }, value) => run(...triggerStatements(value, alter, table)),
  alter: {
    ...described,
    definition: ({ wanted, there }) =>
      wanted?.inherited && there?.inherited ? follows('the trigger of the partitioned table') : again,
    enabled: ({ alter, name }, wanted) => run(`${alter} ${fire[wanted]} TRIGGER ${quoteIdent(name)};`),
  },
};

export const rule: Remedies<'rule'> = {
  drop: ({ object }) => run(`DROP ${object};`),
  make: ({ alter, table }, value) => run(...ruleStatements(value, alter, table)),
  alter: {
    ...described,
    definition: () => again,
    enabled: ({ alter, name }, wanted) => run(`${alter} ${fire[wanted]} RULE ${quoteIdent(name)};`),
  },
};

export const policy: Remedies<'policy'> = {
  drop: ({ object }) => run(`DROP ${object};`),
  make: ({ table }, value) => run(...policyStatements(value, table)),
  alter: {
    ...described,
    command: () => again,
    permissive: () => again,
    roles: ({ object }, wanted) => run(`ALTER ${object} TO ${wanted.map(rolesOf).join(', ')};`),
    using: (of, wanted) => writeExpression(of, 'USING', wanted),
    withCheck: (of, wanted) => writeExpression(of, 'WITH CHECK', wanted),
  },
};

function rolesOf(role: string): string {
  return role === 'public' ? 'PUBLIC' : quoteIdent(role);
}

/** It can be another one, and can't be taken away. */
function writeExpression({ object }: { readonly object: string }, word: string, wanted: Policy['using']): Written {
  return wanted === null ? again : run(`ALTER ${object} ${word} (${wanted});`);
}
