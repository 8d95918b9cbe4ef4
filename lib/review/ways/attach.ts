import { quoteIdent } from '../../sql/quote.ts';
import { wordLock } from '../advice/words.ts';
import type { ChildTable, NewPartition } from '../advice-facts.ts';
import type { ConstraintFacts } from '../change.ts';
import type { Build } from '../effects.ts';
import { buildOf, familyOf, readsOf } from '../facts/family.ts';
import { blocksWrites } from '../facts/locks.ts';
import { shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';
import { attachPartition, dropConstraint, useIndex } from './actions.ts';
import { buildConcurrently, plainBuilds } from './builds.ts';
import { freeName } from './free-name.ts';
import { proveLater } from './not-null.ts';
import type { Way } from './way.ts';
import { after, outsideTransaction, run, under } from './way.ts';

/** A CHECK that spares a scan, and that may go when it has. */
interface Proof {
  readonly relation: string;
  readonly name: string;
  readonly check: string;
}

/** One way for all that is found about a new partition, so that no two findings ask for what excludes each other. */
export function attachWay(statement: MeasuredStatement, part: NewPartition): Way {
  const { relation, of, bound, fresh } = part;
  const proofs = [...proveWithin(statement, part), ...proveWithout(statement, part)];
  const keys = builtKeys(statement, part);
  const builds = [
    ...keys.map(({ build }) => build),
    ...plainBuilds(statement).filter(({ table }) => table === relation),
  ];
  const used = keys.map(({ key, build }) =>
    useIndex(relation, quoteIdent(key.name), key.kind, quoteIdent(shortName(build.index)), key.definition ?? ''),
  );
  const constraints: Way = [
    ...(used.length === 0 ? [] : [run(...used)]),
    ...checkedKeys(statement, part).flatMap((key) => proveLater(relation, quoteIdent(key.name), key.definition ?? '')),
  ];
  return [
    ...proofs.flatMap((proof) => proveLater(proof.relation, proof.name, `CHECK (${proof.check})`)),
    outsideTransaction(...builds.map(buildConcurrently)),
    ...(builds.length === 0 ? constraints : after('then, in one revision:', constraints)),
    under(wordAttach(statement, part), ...(fresh ? makeLike(part) : []), attachPartition(of, relation, bound)),
    under('then, as they have done their work:', ...proofs.map((proof) => dropConstraint(proof.relation, proof.name))),
  ];
}

export function newPartitionsOf({ adviceFacts }: MeasuredStatement): readonly NewPartition[] {
  return adviceFacts?.newPartitions ?? [];
}

/** Which of the tables that become a partition it reads to prove that their rows belong there. */
export function readWithin(statement: MeasuredStatement, { relation, fresh }: NewPartition): readonly string[] {
  if (fresh) return [];
  return familyOf(statement, relation).filter((name) => statement.adviceFacts?.reads.includes(name));
}

/** The default partition beside this one. */
function defaultBeside({ adviceFacts }: MeasuredStatement, { of, bound }: NewPartition): ChildTable | undefined {
  return bound === 'DEFAULT'
    ? undefined
    : adviceFacts?.children.find((one) => one.of === of && one.bound === 'DEFAULT');
}

/** What of the default partition it reads for rows that belong to the new one. */
export function readWithout(statement: MeasuredStatement, part: NewPartition): readonly string[] {
  const other = defaultBeside(statement, part);
  return other === undefined
    ? []
    : familyOf(statement, other.relation).filter((name) => statement.scans.includes(name));
}

/** A table that becomes a partition gets each key of its parent that it has not, and brings along those that it has. */
export function builtKeys(
  statement: MeasuredStatement,
  { keys }: NewPartition,
): readonly { readonly key: ConstraintFacts; readonly build: Build }[] {
  return keys.flatMap((key) => {
    const build = key.kind === 'foreign key' ? undefined : buildOf(statement, key.index);
    return build === undefined ? [] : [{ key, build }];
  });
}

/** The same of foreign keys, where its rows are read for them. */
export function checkedKeys(
  statement: MeasuredStatement,
  { relation, keys }: NewPartition,
): readonly ConstraintFacts[] {
  return readsOf(statement, relation).length === 0 ? [] : keys.filter(({ kind }) => kind === 'foreign key');
}

function proveWithin(statement: MeasuredStatement, part: NewPartition): readonly Proof[] {
  const { relation, check } = part;
  if (readWithin(statement, part).length === 0) return [];
  return [{ relation, name: freeName(statement, relation, 'within'), check: check ?? 'true' }];
}

/** Of the default partition itself: its own partitions inherit it. */
function proveWithout(statement: MeasuredStatement, part: NewPartition): readonly Proof[] {
  const other = defaultBeside(statement, part);
  if (other === undefined || readWithout(statement, part).length === 0) return [];
  const { relation } = other;
  return [{ relation, name: freeName(statement, relation, 'without'), check: `NOT (${part.check})` }];
}

/** As its parent is, with what it has of its own. From PostgreSQL 17 on the parent gives the numbers, and refuses a partition that counts by itself. */
function makeLike({ relation, of, key, extras }: NewPartition): readonly string[] {
  const { unlogged = false, storage = [], actions = [] } = extras ?? {};
  const rest = [...(key === undefined ? [] : [`PARTITION BY ${key}`]), ...storage].map((one) => ` ${one}`).join('');
  const like = `LIKE ${of} INCLUDING ALL EXCLUDING IDENTITY EXCLUDING COMMENTS EXCLUDING STATISTICS`;
  // A foreign key that comes with its table has no rows to look up.
  const added = actions.filter((action) => action.startsWith('ADD ')).map((action) => action.slice('ADD '.length));
  const altered = actions.filter((action) => !action.startsWith('ADD '));
  return [
    `CREATE ${unlogged ? 'UNLOGGED ' : ''}TABLE ${relation} (${[like, ...added].join(',\n  ')})${rest};`,
    ...(altered.length === 0 ? [] : [`ALTER TABLE ${relation}\n  ${altered.join(',\n  ')};`]),
  ];
}

/** What ATTACH itself takes: other tables are locked by it as by the statement. */
function wordAttach(statement: MeasuredStatement, part: NewPartition): string {
  const { locks, number } = statement;
  const { relation, of, fresh } = part;
  // A key that already exists has triggers of its own on the table it points to, and they go.
  const targets = new Set(checkedKeys(statement, part).map(({ references }) => references));
  const others = locks.filter(
    (lock) =>
      ![relation, of].includes(lock.relation) && lock.kind !== 'index' && lock.since === number && blocksWrites(lock),
  );
  const short = [
    ...(fresh ? [] : [`ACCESS EXCLUSIVE on ${relation}`]),
    ...others.map((lock) => (targets.has(lock.relation) ? `ACCESS EXCLUSIVE on ${lock.relation}` : wordLock(lock))),
  ];
  return [
    `in one revision, under SHARE UPDATE EXCLUSIVE on ${of}, which allows reads and writes`,
    ...(short.length === 0 ? [] : [`;\nand, with nothing read under it, ${short.join(', ')}: short, for a quiet hour`]),
    ':',
  ].join('');
}
