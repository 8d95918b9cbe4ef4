import { toMilliseconds } from '../../sql/duration.ts';
import { actionsOf } from '../../sql/edit.ts';
import { agree } from '../../words.ts';
import type { Change } from '../change.ts';
import type { MeasuredStatement, MeasuredStep } from '../measured.ts';
import { parseLoosely } from '../parsed.ts';
import { setBehind } from './apart.ts';
import { batched, setApart } from './batches.ts';
import {
  blocksWrites,
  changesOf,
  type Hit,
  isIndirect,
  type Rule,
  type RuleContext,
  waitTogether,
  wordLock,
} from './rule.ts';
import { rootOf } from './tree.ts';
import { findWritten, type Written } from './written.ts';

export const lockRules: readonly Rule[] = [
  {
    id: 'work-after-lock',
    severity: 'error',
    title: 'Slow work is done while another table is closed',
    why: 'A lock is held to the end of the transaction, so whatever comes after it makes the outage longer.',
    bad: 'ALTER TABLE customers ADD COLUMN note text;\nUPDATE orders SET note = $$x$$;',
    good: 'UPDATE orders SET note = $$x$$;',
    judge: (statement, { step, sizes }) => {
      const { number, locks } = statement;
      const held = locks.filter((lock) => lock.since < number && blocksWrites(lock) && lock.kind !== 'index');
      const worked = bySize(workOf(statement), sizes);
      if (!step.transactional || held.length === 0 || worked.length === 0 || isValidation(statement)) return [];
      const closed = bySize([...new Set(held.map(({ relation }) => relation))], sizes);
      const worst = held.find(({ relation }) => relation === closed[0])!;
      const others = closed.slice(1);
      return [
        {
          relation: worst.relation,
          worked,
          tells: { read: [...closed, ...worked] },
          message: `works on ${worked.join(', ')} while ${wordLock(worst)} is held since statement ${worst.since}${wordOthers(others)}`,
          advice: setBehind(statement, step),
        },
      ];
    },
  },
  {
    id: 'combine-alters',
    severity: 'warning',
    title: 'One table is read or written anew several times',
    why: 'Each ALTER TABLE walks through the table once; one with several actions walks through it once for all.',
    bad: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;\nALTER TABLE orders ALTER COLUMN number TYPE bigint;',
    good: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint, ALTER COLUMN number TYPE bigint;',
    judge: (statement, { step }) => {
      const before = step.statements.filter(
        ({ number, label }) => number < statement.number && label === 'ALTER TABLE',
      );
      if (statement.label !== 'ALTER TABLE') return [];
      return [...new Set([...statement.scans, ...statement.rewrites])].flatMap((relation): readonly Hit[] => {
        const twin = before.find(
          ({ scans, rewrites, text }) =>
            (scans.includes(relation) || rewrites.includes(relation)) && isSameTable(text, statement.text),
        );
        if (twin === undefined || !statement.locks.some((lock) => lock.relation === relation && lock.kind === 'table'))
          return [];
        return [
          {
            relation,
            message: `walks through ${relation} again, after statement ${twin.number}`,
            advice: combine(twin, statement),
          },
        ];
      });
    },
  },
  {
    id: 'backfill-with-ddl',
    severity: 'error',
    title: 'Rows are written while the table is closed',
    why: 'A change of the schema holds its lock until every row is written: the outage is as long as the backfill.',
    bad: 'ALTER TABLE orders ADD COLUMN size text;\nUPDATE orders SET size = $$x$$;',
    good: 'ALTER TABLE orders ADD COLUMN size text;',
    judge: (statement, { step }) =>
      findWritten(statement)
        .filter(({ closed, few }) => closed && !few)
        .map(({ relation }) => ({
          relation,
          tells: { read: [relation] },
          message: `writes rows of ${relation} while it is closed`,
          advice: setApart(statement, relation, step),
        })),
  },
  {
    id: 'backfill-at-once',
    severity: 'warning',
    title: 'A whole table is written in one statement',
    why: 'Every row stays locked until the end, the table grows by what it wrote, and a failure near the end loses all of it.',
    bad: 'UPDATE orders SET note = $$x$$;',
    good: 'UPDATE orders SET note = $$x$$ WHERE id = 5;',
    judge: (statement, { step }) =>
      byRoot(
        statement,
        findWritten(statement).filter(({ whole, closed }) => whole && !closed),
      ).map(([relation, tables]) => ({
        relation,
        message: `reads all of ${tables.join(', ')} for the rows it writes`,
        advice: batched(statement, step),
      })),
  },
  {
    id: 'trigger-locks',
    severity: 'warning',
    title: 'A trigger or a rule is made or dropped while writes wait',
    why: 'CREATE TRIGGER takes SHARE ROW EXCLUSIVE, DROP TRIGGER takes ACCESS EXCLUSIVE: short, but others queue behind them.',
    bad: 'CREATE TRIGGER orders_stamp BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();',
    good: 'CREATE FUNCTION other() RETURNS integer LANGUAGE sql AS $$SELECT 1$$;',
    judge: (statement) => shortLocks(statement, ['trigger', 'rule']),
  },
  {
    id: 'policy-locks',
    severity: 'warning',
    title: 'A policy or an owner is changed under ACCESS EXCLUSIVE',
    why: 'Row security, policies and owners are short changes that wait for every query on the table, while all others wait behind them.',
    bad: 'CREATE POLICY mine ON orders USING (true);',
    good: 'GRANT SELECT ON orders TO PUBLIC;',
    judge: (statement) => {
      const guarded = new Set(statement.changes.filter(isGuard).map(({ relation }) => relation));
      return closing(statement).filter(({ relation }) => guarded.has(relation));
    },
  },
  {
    id: 'drop-locks-referenced',
    severity: 'warning',
    title: 'A drop closes a table that it does not name',
    why: 'A foreign key has a trigger on the table it points to: dropping the key, or the table that has it, takes ACCESS EXCLUSIVE on both.',
    bad: 'ALTER TABLE lines DROP CONSTRAINT lines_other_fkey;',
    good: 'ALTER TABLE orders DROP CONSTRAINT orders_open;',
    judge: (statement) => {
      const keys = changesOf(statement, 'dropped', 'constraint').filter(
        ({ constraint }) => constraint?.kind === 'foreign key',
      );
      const targets = new Set(keys.flatMap(({ constraint }) => constraint?.references ?? []));
      return statement.locks
        .filter(
          ({ relation, mode, since }) =>
            targets.has(relation) && mode === 'ACCESS EXCLUSIVE' && since === statement.number,
        )
        .filter(({ relation }) => !keys.every((key) => key.relation === relation))
        .map((lock) => ({
          relation: lock.relation,
          message: `takes ${wordLock(lock)}`,
          advice: waitTogether(statement),
        }));
    },
  },
  {
    id: 'explicit-lock',
    severity: 'warning',
    title: 'LOCK TABLE keeps others out to the end of the transaction',
    why: 'It is held whatever comes after it.',
    bad: 'LOCK TABLE orders;',
    good: 'LOCK TABLE orders IN ROW SHARE MODE;',
    judge: (statement) => {
      if (statement.label.startsWith('LOCK'))
        return closing(statement).map((hit) => ({
          ...hit,
          advice:
            '-- it is held to the end of its transaction and of no use beyond: keep what needs it in the same revision, and nothing else',
        }));
      const busy = busyIn(statement);
      return isIndirect(statement) ? closing(statement).filter(({ relation }) => !busy.has(relation!)) : [];
    },
  },
  {
    id: 'lock-timeout-off',
    severity: 'error',
    title: 'A strong lock is waited for without end, or for more than ten seconds',
    why: 'While it waits behind one long query, every other query waits behind it: with a lock_timeout of an hour, for an hour. A run that gives up after a few seconds lets them through and tries again.',
    bad: '-- updown: lock-timeout=0\nALTER TABLE orders ADD COLUMN source text;',
    good: 'ALTER TABLE orders ADD COLUMN source text;',
    judge: (statement, { step }) => {
      const timeout = timeoutOf(statement, step);
      if (!isLong(timeout) || isConcurrent(statement)) return [];
      return statement.locks
        .filter((lock) => blocksWrites(lock) && lock.kind !== 'index' && lock.since === statement.number)
        .slice(0, 1)
        .map((lock) => ({
          relation: lock.relation,
          message: `waits for ${wordLock(lock)} ${isOff(timeout) ? 'for as long as it takes' : `for up to ${timeout}`}`,
          advice: isLong(step.lockTimeout)
            ? `-- at the head of the file; ${afterTimeout(step)}:\n-- updown: lock-timeout=2s`
            : `-- lock_timeout is set to ${timeout} in the file: without that it is ${step.lockTimeout},\n-- and ${afterTimeout(step)}`,
        }));
    },
  },
];

/** One after the other, and about columns of their own: then what the second does needs nothing of the first. */
function combine(twin: MeasuredStatement, statement: MeasuredStatement): string {
  const actions = actionsOf(statement.text);
  const [first, second] = [twin, statement].map(namesAltered);
  const isApart = first !== undefined && second !== undefined && !second.some((name) => first.includes(name));
  return twin.number === statement.number - 1 && isApart && actions !== undefined
    ? `-- in one statement:\n${twin.text},\n  ${actions};`
    : '-- one ALTER TABLE with the actions of both walks through it once, where neither needs what the other has done';
}

/** The columns and constraints that its actions name; undefined where one names none, as a constraint without a name. */
function namesAltered({ text }: MeasuredStatement): readonly string[] | undefined {
  const nodes = parseLoosely(text) ?? [];
  const commands = nodes.flatMap((node) => ('AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []));
  const names = commands.map((one) => ('AlterTableCmd' in one ? one.AlterTableCmd.name : undefined));
  return names.length === 0 || names.includes(undefined) ? undefined : names.flatMap((name) => name ?? []);
}

/** As far as their texts tell: one of them may say the schema, and the other leave it to the search path. */
function isSameTable(...texts: readonly [string, string]): boolean {
  const [one, other] = texts.map((text) => {
    const [node] = parseLoosely(text) ?? [];
    return node !== undefined && 'AlterTableStmt' in node ? node.AlterTableStmt.relation : undefined;
  });
  const [schema = '', also = ''] = [one?.schemaname, other?.schemaname];
  const isOneSchema = schema === also || schema === '' || also === '';
  return one !== undefined && one.relname === other?.relname && one.inh === other?.inh && isOneSchema;
}

/** Who owns a table, and which rows who may see. */
function isGuard({ kind, type, was, now, cascaded }: Change): boolean {
  return (
    kind === 'owner' ||
    (type === 'policy' && cascaded === undefined) ||
    was?.rowSecurity !== now?.rowSecurity ||
    was?.forced !== now?.forced
  );
}

/** Tables, and indexes that are written anew without their table. */
function workOf({ scans, rewrites, builds, locks }: MeasuredStatement): readonly string[] {
  const worked = new Set([...scans, ...rewrites, ...builds.map(({ table }) => table)]);
  const isPart = (name: string) => locks.some(({ relation, table }) => relation === name && worked.has(table ?? ''));
  return [...worked].filter((name) => !isPart(name));
}

function wordOthers(closed: readonly string[]): string {
  if (closed.length === 0) return '';
  return `, and ${closed.join(', ')} ${agree(closed.length, 'is', 'are')} closed too`;
}

/** The largest first, where sizes are known. */
function bySize(relations: readonly string[], sizes: RuleContext['sizes']): readonly string[] {
  const bytesOf = (relation: string) => sizes.get(relation)?.bytes ?? 0;
  return relations.toSorted((a, b) => bytesOf(b) - bytesOf(a));
}

/** Has a rule of its own. */
function isValidation({ changes }: MeasuredStatement): boolean {
  return changes.some(({ kind }) => kind === 'validated');
}

/** In force while it waits: as the statements before it left it; a block may set it for what follows inside. */
function timeoutOf(statement: MeasuredStatement, { statements, lockTimeout }: MeasuredStep): string {
  const last = statements.findLast(({ number }) => number < statement.number);
  const found = last?.adviceFacts?.lockTimeout ?? lockTimeout;
  const own = isIndirect(statement) ? (statement.adviceFacts?.lockTimeout ?? lockTimeout) : lockTimeout;
  return !isLong(found) && own !== lockTimeout ? own : found;
}

/** A timeout leaves behind what it began, and it is the last, short lock of several for which it waits. */
function isConcurrent({ label }: MeasuredStatement): boolean {
  return label.endsWith('CONCURRENTLY');
}

function afterTimeout({ transactional }: MeasuredStep): string {
  return transactional ? 'a run tries again by itself' : 'the next run goes on at the statement that broke off';
}

/** strong_migrations warns from there on, too: what waits longer is an outage that users see. */
const longest = 10_000;

function isLong(timeout: string): boolean {
  return isOff(timeout) || (waitOf(timeout) ?? 0) > longest;
}

function isOff(timeout: string): boolean {
  return waitOf(timeout) === 0;
}

/** As pins and the server write it: a number alone counts milliseconds. */
function waitOf(timeout: string): number | undefined {
  const text = timeout.replaceAll(' ', '');
  return toMilliseconds(/^\d+$/.test(text) ? `${Number(text)}ms` : text);
}

/** What a statement does something to, so that its lock is told of with that. */
function busyIn({ changes, scans, rewrites, builds, rows, adviceFacts }: MeasuredStatement): ReadonlySet<string> {
  return new Set([
    ...changes.flatMap(({ relation, object, type, constraint }) => [
      relation ?? object.slice(type.length + 1),
      ...(constraint?.references === undefined ? [] : [constraint.references]),
    ]),
    ...[...scans, ...rewrites, ...builds.map(({ table }) => table), ...rows.map(({ relation }) => relation)],
    ...(adviceFacts?.references ?? []),
    ...(adviceFacts?.newPartitions ?? []).map(({ of }) => of),
    ...changes.flatMap(({ was, now }) => [was, now].flatMap((one) => one?.parent?.of ?? [])),
  ]);
}

/** The partitions of one table are told of together. */
function byRoot(
  statement: MeasuredStatement,
  written: readonly Written[],
): readonly (readonly [root: string, relations: readonly string[]])[] {
  const roots = new Map<string, readonly string[]>();
  for (const { relation } of written) {
    const root = rootOf(statement, relation);
    roots.set(root, [...(roots.get(root) ?? []), relation]);
  }
  return [...roots];
}

function shortLocks(statement: MeasuredStatement, types: readonly string[]): readonly Hit[] {
  const tables = new Set(
    statement.changes
      .filter(({ kind, type, cascaded }) => (types.includes(type) || kind === 'trigger') && !cascaded)
      .map(({ relation }) => relation),
  );
  return closing(statement).filter(({ relation }) => tables.has(relation));
}

function closing(statement: MeasuredStatement): readonly Hit[] {
  return statement.locks
    .filter((lock) => blocksWrites(lock) && lock.kind !== 'index' && lock.since === statement.number)
    .map((lock) => ({ relation: lock.relation, message: `takes ${wordLock(lock)}`, advice: waitTogether(statement) }));
}
