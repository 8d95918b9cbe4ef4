import { toLanding } from '../autogenerate/landing.ts';
import { converts, type DriftItem, findChanges, toDrift } from '../drift/drift.ts';
import { ignoring } from '../drift/ignore.ts';
import { isUpdownError } from '../errors.ts';
import type { Change } from '../schema/change.ts';
import { toSubject, wordChange } from '../schema/word.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { type CheckFinding, findingOf } from './finding.ts';
import { readSetup, type ScratchChoice, toFileUnderTest } from './on-scratch.ts';
import { makeOnScratch } from './snapshot.ts';
import { migratorsOf, readWanted, type Wanted } from './wanted-schema.ts';

/** Where the configuration says what the schema is to be: whether all revisions make that, both on throwaway databases. */
export async function checkSchema(options: CommandOptions & ScratchChoice): Promise<readonly CheckFinding[]> {
  const context = openContext(options);
  try {
    const wanted = await readWanted(context, options);
    return wanted === undefined ? [] : await compare(context, wanted, options);
  } catch (error) {
    if (!isUpdownError(error) || error.code === 'interrupted') throw error;
    return [findingOf(error)];
  }
}

async function compare(
  context: Context,
  { name, landing: said }: Wanted,
  choice: ScratchChoice,
): Promise<readonly CheckFinding[]> {
  const { project } = context;
  const history = project.graph.order.map((id) => toFileUnderTest(project, 'up', id));
  const run = { inOrder: [...readSetup(project), ...history] };
  const made = await makeOnScratch(context, run, choice, { depends: () => true });
  const live = toLanding(made.schema, made.dependencies, migratorsOf(context, made.user));
  const { changes, ignored } = findChanges(said.schema, live.schema, ignoring(project.config.ignore));
  const dependencies = { expected: said.dependencies, live: live.dependencies };
  return toDrift(changes, { expected: said.schema, live: live.schema, ignored, dependencies }).map((item) => ({
    code: 'out-of-step',
    severity: item.severity === 'note' ? 'note' : 'error',
    message: wordDifference(item.change, name),
    notes: item.remedy.flatMap((statement) => statement.split('\n')),
    hint: hintOf(item, name),
  }));
}

function wordDifference(change: Change, name: string): string {
  if (!('value' in change)) return `${wordChange(change)}, from ${name} to what the revisions make`;
  const subject = toSubject(change);
  return change.kind.endsWith('-dropped')
    ? `${subject} is in ${name}, and no revision makes it`
    : `${subject} is made by the revisions, and is not in ${name}`;
}

function hintOf(item: DriftItem, name: string): string {
  const { severity, why, destroys } = item;
  if (severity === 'note') return 'It may differ where nothing is wrong.';
  const otherwise = `Or write what the revisions make into ${name}.`;
  if (why !== undefined) return `${why} ${otherwise}`;
  if (destroys)
    return `In a revision, this SQL takes it away, with all that is in it: updown revision -m "…" begins one. ${otherwise}`;
  if (converts(item))
    return `In a revision, this SQL makes what ${name} says, and what does not fit into that type is rounded or cut: updown revision -m "…" begins one. ${otherwise}`;
  return `In a revision, this SQL makes what ${name} says: updown revision -m "…" begins one. ${otherwise}`;
}
