import { isUpdownError, UpdownError } from '../errors.ts';
import { nodeOf } from '../graph/node-of.ts';
import type { Revision } from '../graph/revision.ts';
import type { ClosedRun } from '../graph/run.ts';
import { inOrder } from '../graph/walk.ts';
import type { Project } from '../project/load.ts';
import { saveSquash } from '../project/save.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { inspect } from '../sql/gate.ts';
import { loadParser } from '../sql/parser.ts';
import { quoteWord, sanitizeLine } from '../sql/quote.ts';
import { readSql } from '../sql/read.ts';
import { plural } from '../words.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { readSetup, type ScratchChoice, toFileUnderTest } from './on-scratch.ts';
import { openSites } from './open-sites.ts';
import { saysNothing } from './reversibility.ts';
import { wordScratch } from './snapshot.ts';
import { toRevision } from './squash-line.ts';
import { findCommit, findRun, refuseHalfSealed } from './squash-range.ts';
import { type Comparison, compareArrivals, compareReturns, walk, wordNewRoad, wordOldRoad } from './squash-roads.ts';
import {
  type DataStatement,
  findNoWayBack,
  isWayBack,
  listData,
  type Member,
  type Texts,
  writeJoined,
  writeStructure,
} from './squash-text.ts';

export interface SquashOptions extends CommandOptions, ScratchChoice {
  /** `a:b`: what stands above a, up to b; `:b` or `b` from base. */
  readonly range: string;
  /** Of the one revision; default: that of the last one. */
  readonly message?: string | undefined;
  /** Join the texts of the files, also where the schema could be written anew. */
  readonly join?: boolean | undefined;
  /** What becomes of statements about rows; without it, they are refused. */
  readonly data?: 'keep' | 'drop' | undefined;
  /** Prove it, and write nothing. */
  readonly dryRun?: boolean | undefined;
  /** Also where git does not have the files that are taken away. */
  readonly force?: boolean | undefined;
}

export interface Squashed {
  readonly revision: Revision;
  /** Those that are gone, in the order in which they ran. */
  readonly replaced: readonly string[];
  readonly files: readonly string[];
  readonly written: boolean;
  /** `structure`: the schema is rewritten. `joined`: the texts stand one behind the other. */
  readonly way: 'structure' | 'joined';
  /** Statements about rows. */
  readonly data: readonly DataStatement[];
  readonly keepsData: boolean;
  /** Rows that a new database would have had, and has no more: `3 rows of public.plans`. */
  readonly lostRows: readonly string[];
  /** How the schema is otherwise where nothing is wrong. */
  readonly slight: readonly string[];
  /** Whether it can be taken back: only where each of them could. */
  readonly isReversible: boolean;
  readonly scratch: string;
}

/** Puts one revision in the place of several, once throwaway databases have shown that it makes the same. */
export async function squash(options: SquashOptions): Promise<Squashed> {
  const context = openContext(options);
  const { project } = context;
  const run = findRun(project, options.range);
  refuseHalfSealed(project, run);
  const commit = options.dryRun === true ? undefined : await findCommit(project, run, options.force);
  await loadParser();
  const members = run.ids.map((id) => toMember(project, id));
  const data = listData(members.map(({ up }) => up));
  if (data.length > 0 && options.data === undefined) throw refuseData(options, data);
  const made = await make(context, options, { run, members, hasData: data.length > 0 });
  const revision = toRevision(project, run, { ...made.texts, message: made.message, commit });
  const gone = run.ids.filter((id) => id !== run.last).map((id) => nodeOf(project.graph, id));
  if (options.dryRun !== true) saveSquash(project, { revision, ...made.texts }, gone);
  return {
    revision,
    replaced: gone.map(({ id }) => id),
    files: ['up', 'down'].map((name) => `${project.shownFolder}/${revision.folder}/${name}.sql`),
    written: options.dryRun !== true,
    way: made.way,
    data,
    keepsData: options.data !== 'drop',
    lostRows: made.comparison.rows,
    slight: made.comparison.slight,
    isReversible: made.texts.isReversible,
    scratch: made.scratch,
  };
}

function toMember(project: Project, id: string): Member {
  return { up: toFileUnderTest(project, 'up', id), down: toDown(project, id) };
}

function toDown(project: Project, id: string): Member['down'] {
  const which = `revision "${id}", which was part of this`;
  try {
    const { directives, text } = project.read(id, 'down');
    if (directives.irreversible) return { why: `There is no way back for ${which}.` };
    if (saysNothing(project, id, text)) return { why: `The down.sql of ${which}, is empty.` };
    return toFileUnderTest(project, 'down', id);
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    return { why: `The down.sql of ${which}, can't be read: ${error.message}`, isBroken: true };
  }
}

function refuseData({ range, join = false }: SquashOptions, data: readonly DataStatement[]): UpdownError {
  const command = `updown squash ${quoteRange(range)}${join ? ' --join' : ''}`;
  return new UpdownError('holds-data', `These revisions have ${plural(data.length, 'statement')} about rows`, {
    hint: `Nothing was changed. Keep them, with the texts of all files joined: ${command} --keep-data. Or leave them out, so that a new database is made without these rows: ${command} --drop-data`,
    notes: [
      ...data.slice(0, mostShown).map(({ file, line, label }) => `${file}:${line} ${label}`),
      ...(data.length > mostShown ? [`and ${data.length - mostShown} more`] : []),
    ],
  });
}

const mostShown = 40;

function quoteRange(range: string): string {
  return /^[\w:@+-]+$/.test(range) ? range : quoteWord(range);
}

interface Made {
  readonly way: Squashed['way'];
  readonly texts: Texts;
  readonly message: string;
  readonly comparison: Comparison;
  readonly scratch: string;
}

interface Given {
  readonly run: ClosedRun;
  readonly members: readonly Member[];
  readonly hasData: boolean;
}

/** Goes both roads, and compares where they lead. */
async function make(context: Context, options: SquashOptions, { run, members, hasData }: Given): Promise<Made> {
  const { project, emit } = context;
  const { graph } = project;
  const message = sanitizeLine(options.message ?? nodeOf(graph, run.last).message);
  const drops = options.data === 'drop';
  const isAnew = run.below === undefined && options.join !== true && (!hasData || drops);
  const history = [
    ...readSetup(project),
    ...inOrder(graph, run.applied).map((id) => toFileUnderTest(project, 'up', id)),
  ];
  const downs = members.flatMap(({ down }) => (isWayBack(down) ? [down] : [])).reverse();
  const isBack = findNoWayBack(members, { isAnew: false }) === undefined;
  emit({ kind: 'verifying', scratch: wordScratch(context, options) });
  emit({ kind: 'generating', message: `the schema of the ${members.length} revisions, one by one` });
  const up = members.map((member) => member.up);
  const open = openSites(context, [...history, ...up, ...downs], options);
  const oldDown = isBack && !isAnew ? downs : undefined;
  const old = await open((site) => walk(site, { history, up, down: oldDown, fails: wordOldRoad }));
  const texts = isAnew
    ? writeStructure(message, members, old)
    : writeJoined(message, members, { drops: drops && hasData, history, stuck: old.stuck });
  emit({ kind: 'generating', message: 'the schema of the revision that replaces them, and comparing the two' });
  const instead = isAnew ? 'Join the texts instead: add --join.' : 'Make the range shorter, or correct the files.';
  const made = await open((site) =>
    walk(site, {
      history,
      up: [toFile('up', texts.up)],
      down: texts.isReversible ? [toFile('down', texts.down)] : undefined,
      arrived: (after) => {
        const { differences, rows } = compareArrivals(old.after, after);
        refuseUnproven([...differences, ...(drops ? [] : rows)], instead);
      },
      fails: wordNewRoad(instead),
    }),
  );
  refuseUnproven(compareReturns(isAnew ? old.before.schema : old.back, made.back), instead);
  const comparison = compareArrivals(old.after, made.after);
  return { way: isAnew ? 'structure' : 'joined', texts, message, comparison, scratch: made.scratch };
}

function toFile(op: 'up' | 'down', text: string): FileUnderTest {
  return { op, id: '', name: 'squash', inspected: inspect(readSql(text, `${op}.sql`), { direction: op }) };
}

function refuseUnproven(wrong: readonly string[], instead: string): void {
  if (wrong.length === 0) return;
  throw new UpdownError('not-proven', 'One revision would not make what these make', {
    hint: `Nothing was changed. ${instead}`,
    notes: wrong.slice(0, 10),
  });
}
