import { UpdownError } from '../errors.ts';
import { inOrder } from '../graph/walk.ts';
import { applicationName } from '../ledger/name.ts';
import { readMachine } from '../libpq/machine.ts';
import { parseTarget } from '../libpq/parse.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../project/load.ts';
import { findExtensions } from '../review/extensions.ts';
import type { FileUnderTest, MeasureInput } from '../review/file-under-test.ts';
import { measure } from '../review/measure.ts';
import type { Measurement } from '../review/measured.ts';
import { type Scratch, withScratch } from '../review/scratch.ts';
import { pinSettings } from '../script/settings.ts';
import { isDuration, toMilliseconds } from '../sql/duration.ts';
import { inspect } from '../sql/gate.ts';
import { loadParser } from '../sql/parser.ts';
import type { CommandOptions, Context } from './context.ts';
import { scratchUrlOf } from './scratch-url.ts';

export interface ScratchChoice extends Pick<CommandOptions, 'env'> {
  /** A server where a temporary database is made and dropped again; without one, PostgreSQL in this process. */
  readonly scratch?: string | undefined;
  /** How long a statement of the files may run there: `90s`, `10min`; `0` is no limit. Else what `updown.json` says, else a minute. */
  readonly statementTimeout?: string | undefined;
}

/**
 * Brings a throwaway database to where the plan starts, and runs the plan there statement by statement. Where another database is to be
 * looked at beside it, `isThere` asks that for a relation.
 */
export async function measureOnScratch(
  context: Context,
  { steps }: Plan,
  applied: ReadonlySet<string>,
  choice: ScratchChoice,
  isThere?: MeasureInput['isThere'],
): Promise<Measurement> {
  const { project, emit, signal } = context;
  if (steps.length === 0) return { scratch: 'nothing to run', steps: [], shared: [], missing: [] };
  await loadParser();
  const { config, graph } = project;
  const history = [...readSetup(project), ...inOrder(graph, applied).map((id) => toFileUnderTest(project, 'up', id))];
  const plan = steps.map(({ op, id }) => toFileUnderTest(project, op === 'down' ? 'down' : 'up', id));
  const pins = pinSettings(config);
  return openerOf(
    context,
    [...history, ...plan],
    choice,
  )((open) =>
    measure(open, {
      ...{ history, plan, pins, emit, signal, isThere, compares: isThere !== undefined },
    }),
  );
}

/** Makes a throwaway database, hands it over, and drops it; each time another one. */
export type Opener = <T>(body: (scratch: Scratch) => Promise<T>) => Promise<T>;

/** Throwaway databases for these files: what they name is there, or can be made there. */
export function openerOf(
  { project: { config, manifest }, emit, signal }: Context,
  files: readonly FileUnderTest[],
  choice: ScratchChoice,
): Opener {
  const { statementTimeout: most, env = process.env } = choice;
  const url = scratchUrlOf({ config }, choice);
  const texts = files.map(({ inspected }) => inspected.source.text);
  const options = {
    target: url === undefined ? undefined : parseTarget(url, env, readMachine()),
    extensions: findExtensions(texts),
    applicationName: applicationName(manifest.project),
    signal,
    limit: limitOf(most ?? config.scratch.statementTimeout),
    template: config.scratch.template,
    texts,
    sharing: texts.some((text) => sharingWords.test(text)),
    slots: texts.some((text) => text.includes('replication_slot')),
    warn: (message: string) => emit({ kind: 'warning', message }),
  };
  return (body) => withScratch(options, body);
}

/** What makes, changes or names things of the whole server, in a block or a function too: of another word for it, a review waits in vain. */
const sharingWords = /\b(role|user|group|owner|grant|revoke|tablespace|database|authorization|policy|subscription)\b/i;

const minute = 60_000;

function limitOf(text: string | undefined): number {
  if (text === undefined) return minute;
  const milliseconds = isDuration(text) ? toMilliseconds(text) : undefined;
  if (milliseconds !== undefined) return milliseconds;
  throw new UpdownError('usage', `"${text}" is no length of time`, {
    hint: 'Write --statement-timeout 90s, 500ms or 10min; 0 is no limit.',
  });
}

/** What the history stands on and does not make, as a file like any other. */
export function readSetup(project: Project): readonly FileUnderTest[] {
  const source = project.readSetup();
  return source === undefined
    ? []
    : [{ op: 'up', id: '', name: 'setup of scratch', inspected: inspect(source, { direction: 'up' }), setup: true }];
}

export function toFileUnderTest(project: Project, op: FileUnderTest['op'], id: string): FileUnderTest {
  const name = project.graph.nodes.get(id)?.message ?? '';
  return { op, id, name, inspected: inspect(project.read(id, op), { direction: op }) };
}
