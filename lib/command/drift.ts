import { embeddedMajor } from '../database/embedded-major.ts';
import type { DriftItem } from '../drift/drift.ts';
import { UpdownError } from '../errors.ts';
import { type ExpectedSchema, findExpected, readExpected } from '../project/expected-schema.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { type Live, readLive } from './live.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { hashOf } from './schema-hash.ts';
import { sourceOf } from './schema-source.ts';
import { nameScratch, scratchUrlOf } from './scratch-url.ts';

/** How a live schema stands to the applied revisions. */
export interface SchemaStanding {
  /** By a hash or a snapshot that is kept beside the manifest, or by what was run on a throwaway database now. */
  readonly by: 'hash' | 'snapshot' | 'scratch';
  readonly isSame: boolean;
  /** What differs; a hash does not tell. */
  readonly items: readonly DriftItem[];
  /** Why the two could not be compared. */
  readonly failed?: string | undefined;
  /** The command that tells what differs, where something does. */
  readonly check?: string | undefined;
}

/** Throws `drift` where the schema is not what the applied revisions make, before anything is sent. */
export async function refuseDrift(options: CommandOptions & ScratchChoice): Promise<void> {
  const context = openContext(options);
  const live = await readLive(context);
  // Its part of the schema is there and not recorded yet: the run goes on with it, or says why not.
  if (live.isUnfinished) return;
  const { isSame, items, check } = await compareSchema(context, live, options);
  if (isSame) return;
  const drift = items.filter(({ severity }) => severity === 'drift');
  throw new UpdownError('drift', `The schema of the database is not what its applied revisions make`, {
    hint: `Nothing was sent. See all of it, with the SQL that puts it back: ${check}`,
    notes: drift.slice(0, 10).map(({ message }) => message),
  });
}

/** Whether somebody has said what to compare with: by a hash for these revisions, or by naming where they can be run. */
export function canCompare(context: Context, live: Live, choice: ScratchChoice): boolean {
  const isNamed = scratchUrlOf(context.project, choice) !== undefined;
  return isNamed || context.isEmbedded() || expectedOf(context, live) !== undefined;
}

function expectedOf(context: Context, { applied, schema }: Live): ExpectedSchema | undefined {
  return findExpected(readExpected(context.project), sourceOf(context, new Set(applied), schema.major));
}

/** Whether nothing differs as far as a hash can tell, where no scratch could: none is named, and the one in this process is of another version. */
export function isAsKept(context: Context, live: Live, choice: ScratchChoice): boolean {
  const isNamed = scratchUrlOf(context.project, choice) !== undefined;
  return !isNamed && live.schema.major !== embeddedMajor && isAs(expectedOf(context, live), context, live);
}

function isAs(expected: ExpectedSchema | undefined, context: Context, { schema, migrators }: Live): boolean {
  return expected !== undefined && expected.hash === hashOf(context, schema, migrators);
}

/** By the hash that is kept for these heads, where there is one: then nothing is run anywhere. */
export async function compareSchema(context: Context, live: Live, choice: ScratchChoice): Promise<SchemaStanding> {
  const { project } = context;
  const check = wordCheck(context, choice, live.schema.major);
  const expected = expectedOf(context, live);
  if (isAs(expected, context, live)) return { by: 'hash', isSame: true, items: [] };
  // Loaded where something differs, or nothing is kept: to compare by a hash takes little of it.
  const isKept =
    expected !== undefined && (await import('./kept-schema.ts')).findKept(context, live, choice) !== undefined;
  if (expected !== undefined && !isKept && scratchUrlOf(project, choice) === undefined)
    return { by: 'hash', isSame: false, items: [], check };
  const { compareLive } = await import('./compare-live.ts');
  const items = await compareLive(context, live, choice);
  return {
    by: isKept ? 'snapshot' : 'scratch',
    isSame: items.every(({ severity }) => severity === 'note'),
    items,
    check: isKept ? checkCommand : check,
  };
}

const checkCommand = 'updown check --url <url>';

/** The command that tells what differs; where its server is none of those that run in this process, with the one to run the files on. */
function wordCheck({ project }: Context, { scratch }: ScratchChoice, major: number): string {
  if (scratch !== undefined) return `${checkCommand} --scratch <url>`;
  return `${checkCommand}${nameScratch(project, major)}`;
}
