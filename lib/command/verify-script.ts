import { randomUUID } from 'node:crypto';
import { SendError } from '../database/session.ts';
import { isUpdownError, type UpdownError } from '../errors.ts';
import { alone, type Frame, joined } from '../plan/block.ts';
import { restorePlan } from '../plan/restore.ts';
import { compareReviewed, type Difference, type Reviewed, readReviewed } from '../plan/reviewed.ts';
import type { Script } from '../plan/script.ts';
import { compareFiles, type GivenFile, markAnnotations } from '../run/compare.ts';
import { printAdmission } from '../run/preflight.ts';
import { printScript, readFormOf } from '../run/print.ts';
import { compilePlan } from './compile.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { standAt } from './standing.ts';
import { noteNoWayBack } from './way-back.ts';

export interface VerifyScriptOptions extends CommandOptions {
  /** The script, or the files of its folder. */
  readonly files: readonly GivenFile[];
  /** As people know it. */
  readonly name: string;
}

export interface VerifiedScript {
  readonly digest: string;
  readonly steps: number;
  /** How it is not what would be emitted today; none where it is the same. */
  readonly differences: readonly Difference[];
  /** Whether the database would let it in now; only where one is named, and the script is the same. */
  readonly admission?:
    | { readonly runs: true }
    | { readonly runs: false; readonly reason: string; readonly hint?: string };
}

/** Whether a script is still what these files make, byte for byte; and whether it would run now. */
export async function verifyScript(options: VerifyScriptOptions): Promise<VerifiedScript> {
  const context = openContext(options);
  const { files, name } = options;
  const scripts = files.filter((file) => !file.name.endsWith('.md'));
  const reviewed = readReviewed(scripts.map(({ text }) => text).join('\n'), name);
  const found = { digest: reviewed.digest, steps: reviewed.steps.length };
  const form = readFormOf(reviewed.form ?? []);
  const restored = await restoreScript(context, reviewed, form.oneTransaction ? joined : alone);
  if ('differences' in restored) return { ...found, ...restored };
  const script = { ...restored, allowExisting: reviewed.form?.includes('--allow-existing') === true };
  const mark = randomUUID();
  const printed = printScript(script, form, {
    tool: reviewed.tool ?? context.tool,
    annotations: markAnnotations(mark),
  });
  const differences = [
    ...compareReviewed(reviewed, script, new Set()),
    ...(reviewed.digest === script.digest ? compareFiles(files, printed, mark) : []),
  ];
  if (reviewed.digest !== script.digest && differences.length === 0)
    differences.push({
      reason: 'its steps and files are the same, but a setting of the project or what its start was made from is not',
    });
  if (differences.length > 0 || !context.namesDatabase()) return { ...found, differences };
  return {
    ...found,
    differences,
    admission: await ask(context, printAdmission(script, form.flavor === 'plain' ? 'none' : 'some')),
  };
}

/** The plan from the files as they are; or why there is none. */
async function restoreScript(
  context: Context,
  reviewed: Reviewed,
  frame: Frame,
): Promise<Script | Pick<VerifiedScript, 'differences'>> {
  const { project } = context;
  const unknown = [...(reviewed.from ?? []), ...reviewed.steps.map(({ id }) => id)].filter(
    (id) => !project.graph.nodes.has(id),
  );
  if (unknown.length > 0)
    return {
      differences: [...new Set(unknown)].map((id) => ({ revision: id, reason: 'the manifest does not know it' })),
    };
  const { plan, applied } = restorePlan(project.graph, reviewed);
  try {
    const script = await compilePlan(project, plan, standAt(project, applied), () => {}, frame);
    return { ...script, steps: noteNoWayBack(project, script.steps) };
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    return { differences: [toDifference(error)] };
  }
}

function toDifference({ subject, message, place }: UpdownError): Difference {
  return { ...(subject !== undefined && { revision: subject }), ...(place && { file: place.file }), reason: message };
}

/** The script's own first statement, taken back whatever it says. */
async function ask(context: Context, question: string): Promise<NonNullable<VerifiedScript['admission']>> {
  const session = await context.connect();
  try {
    await session.send(`BEGIN;\n${question}ROLLBACK;\n`);
    return { runs: true };
  } catch (error) {
    if (!(error instanceof SendError) || error.fields === undefined) throw error;
    const { message, hint } = error.fields;
    return { runs: false, reason: message, ...(hint === undefined ? {} : { hint }) };
  } finally {
    await session.close();
  }
}
