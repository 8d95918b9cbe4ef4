import { randomUUID } from 'node:crypto';
import { SendError } from '../database/session.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import { type Form, printScript, readFormOf } from '../run/print.ts';
import type { Transactions } from '../script/block.ts';
import { compareFiles, type GivenFile, markAnnotations } from '../script/compare.ts';
import type { RenderOptions, Reviewed, ScriptFile } from '../script/header.ts';
import { printAdmission } from '../script/preflight.ts';
import { restorePlan } from '../script/restore.ts';
import { compareReviewed, type Difference, readReviewed } from '../script/reviewed.ts';
import type { Script } from '../script/script.ts';
import { readText } from '../sql/read.ts';
import { compilePlan } from './compile.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { tellPassedOver } from './read.ts';
import { noteNoWayBack } from './reversibility.ts';
import { readme } from './script-files.ts';
import { standAt } from './standing.ts';
import { wordReason } from './word-reason.ts';

export interface VerifyScriptOptions extends CommandOptions, ScratchChoice {
  /** The script, or the files of its folder. */
  readonly files: readonly GivenFile[];
  /** As people know it. */
  readonly name: string;
}

export interface VerifiedScript {
  readonly digest: string;
  readonly steps: number;
  /** Only where they are not those it was emitted with: psql would refuse it. */
  readonly lineEnds?: 'CRLF' | undefined;
  /** How it is not what would be emitted today; none where it is the same. */
  readonly differences: readonly Difference[];
  /**
   * What `--annotate` put in: nothing; what is measured on scratch now, too; or what can't be compared, because it was not measured on this
   * scratch. Only of a script that is the same but for them.
   */
  readonly comments?: 'none' | 'same' | 'unchecked';
  /** The database that was asked: a url without a password. */
  readonly database?: string | undefined;
  /** Whether the database would let it in now; only where one is named, and the script is the same. */
  readonly admission?:
    | { readonly runs: true }
    | { readonly runs: false; readonly reason: string; readonly hint?: string | undefined };
}

export async function verifyScript(options: VerifyScriptOptions): Promise<VerifiedScript> {
  const context = openContext(options);
  const { script, form, found, differences, changes, print } = await restoreGiven(context, options);
  if (script === undefined || differences.length > 0 || changes.length > 0)
    return { ...found, differences: [...differences, ...changes] };
  const comments = await compareComments(context, script, options, print);
  if (typeof comments === 'object') return { ...found, differences: comments };
  if (!context.namesDatabase()) return { ...found, differences, comments };
  return {
    ...found,
    differences,
    comments,
    database: context.describe(),
    admission: await ask(context, printAdmission(script, form.flavor === 'plain')),
  };
}

/** What the files say that was reviewed. */
export async function readGiven(options: VerifyScriptOptions): Promise<Reviewed> {
  const { files, name } = options;
  const reviewed = readReviewed(
    scriptsOf(files)
      .map(({ text }) => text)
      .join('\n'),
    name,
  );
  // A plan in JSON has no form.
  if (reviewed.form !== undefined) await refuseForged(options);
  return reviewed;
}

/** Refuses a script that has the digest of what these files make and another text: who approved it has not seen what would run. */
async function refuseForged(options: VerifyScriptOptions): Promise<void> {
  const { changes } = await restoreGiven(openContext(options), options);
  const [first] = changes;
  if (first === undefined) return;
  throw new UpdownError('digest-differs', `"${options.name}" is not the script of its digest`, {
    hint: 'Nothing was sent. Emit it again, and review that: updown upgrade --sql',
    notes: changes.map(wordReason),
  });
}

type Print = (annotations?: RenderOptions['annotations']) => readonly ScriptFile[];

interface Given {
  readonly found: Pick<VerifiedScript, 'digest' | 'steps' | 'lineEnds'>;
  readonly form: Form;
  /** How the plan is not that of the files. */
  readonly differences: readonly Difference[];
  /** How the text is not that of the plan, which is that of the files. */
  readonly changes: readonly Difference[];
  readonly script?: Script;
  readonly print: Print;
}

/** The script again, from the files as they are; and how it is not what they make. */
export async function restoreGiven(
  context: Context,
  { files, name }: Pick<VerifyScriptOptions, 'files' | 'name'>,
): Promise<Given> {
  const scripts = scriptsOf(files);
  const neutral = files.map((file) => ({ ...file, text: readText(file.text, file.name) }));
  const reviewed = readReviewed(scripts.map(({ text }) => text).join('\n'), name);
  const crlf = scripts.some(({ text }) => text.includes('\r\n'));
  const found = {
    digest: reviewed.digest,
    steps: reviewed.steps.length,
    lineEnds: crlf ? ('CRLF' as const) : undefined,
  };
  const form = readFormOf(reviewed.form ?? []);
  const restored = await restoreScript(context, reviewed, form.oneTransaction ? 'one' : 'each');
  if ('differences' in restored) return { found, form, ...restored, changes: [], print: () => [] };
  const script = { ...restored, allowExisting: reviewed.form?.includes('--allow-existing') === true };
  const tool = reviewed.tool ?? context.tool;
  const print: Print = (annotations) => printScript(script, form, { tool, annotations });
  const differences = [...compareReviewed(reviewed, script, new Set())];
  if (reviewed.digest === script.digest) {
    const mark = randomUUID();
    return {
      found,
      form,
      differences,
      changes: compareFiles(neutral, print(markAnnotations(mark)), mark),
      script,
      print,
    };
  }
  if (differences.length === 0)
    differences.push({
      reason: 'its steps and files are the same, but a setting of the project or what its start was made from is not',
    });
  return { found, form, differences, changes: [], script, print };
}

function scriptsOf(files: readonly GivenFile[]): readonly GivenFile[] {
  return files.filter(({ name }) => name !== readme);
}

/** Its comments decide what its reader thinks of it: they are measured again, where this scratch is what measured them. */
async function compareComments(
  context: Context,
  script: Script,
  options: VerifyScriptOptions,
  print: Print,
): Promise<NonNullable<VerifiedScript['comments']> | readonly Difference[]> {
  const { files } = options;
  const isAs = (annotations?: RenderOptions['annotations']) => compareFiles(files, print(annotations));
  if (isAs().length === 0) return 'none';
  const { measureImpact } = await import('./annotate.ts');
  const { impact, title } = await measureImpact(context, script, options);
  const changes = isAs(impact);
  if (changes.length === 0) return 'same';
  if (!files.some(({ text }) => text.includes(title))) return 'unchecked';
  return changes.map(({ file, reason }) => ({ file, reason: `${reason}: a comment is not what was measured` }));
}

/** The plan from the files as they are; or why there is none. */
async function restoreScript(
  context: Context,
  reviewed: Reviewed,
  transactions: Transactions,
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
    const script = await compilePlan(project, plan, standAt(project, applied), () => {}, { transactions });
    return { ...script, steps: noteNoWayBack(project, script.steps) };
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    return { differences: [toDifference(error)] };
  }
}

function toDifference({ subject, message, place }: UpdownError): Difference {
  return { revision: subject, file: place?.file, reason: message };
}

/** The script's own first statement, taken back whatever it says. */
async function ask(context: Context, question: string): Promise<NonNullable<VerifiedScript['admission']>> {
  tellPassedOver(context);
  const session = await context.connect();
  try {
    await session.send(`BEGIN;\n${question}ROLLBACK;\n`);
    return { runs: true };
  } catch (error) {
    if (!(error instanceof SendError) || error.fields === undefined) throw error;
    const { message, hint } = error.fields;
    return { runs: false, reason: message, hint };
  } finally {
    await session.close();
  }
}
