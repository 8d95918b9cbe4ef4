import {
  listRunSteps,
  plural,
  printHeads,
  type RunStep,
  type Script,
  type ScriptStep,
  sanitizeLine,
} from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { modeOf } from '../mode.ts';
import type { View } from '../view.ts';
import type { Common, Migrated, Migrating, Migration, Ways } from './migrated.ts';

export function migrateAction<Name extends Migration>(ways: Ways<Name>): Action<Name, Migrated> {
  return { run: (call) => choose(call, ways), text: printMigrated, json: toJson };
}

export function toJson(migrated: Migrated): object {
  if (migrated.mode === 'run') {
    const { steps, heads, database, digest, ranBefore, ahead, overridden, structure } = migrated.result;
    return {
      steps,
      heads,
      database,
      digest,
      ranBefore,
      ahead,
      overridden,
      structure,
    };
  }
  const { ledger, plan, steps, database = null, digest, asked, overridden } = migrated.script;
  return {
    steps: steps.flatMap((step) =>
      listRunSteps(step).map((entry) => ({
        ...entry,
        sha256: step.file?.digest ?? null,
        recorded: step.recorded,
      })),
    ),
    heads: plan.to,
    database,
    digest,
    from: plan.from,
    project: ledger.project,
    asked: asked.size > 0 ? Object.fromEntries(asked) : undefined,
    overridden,
    file: migrated.mode === 'file' ? migrated.file : undefined,
    files: migrated.mode === 'file' ? migrated.files : undefined,
  };
}

/** Only what a run needs is loaded for one: where there is nothing to do, it is all a pipeline waits for. */
async function choose<Name extends Migration>(call: Call<Name>, ways: Ways<Name>): Promise<Migrated> {
  const mode = modeOf(call.given);
  if (mode !== 'run') return (await import('./emit.ts')).showOrEmit(call, ways, mode);
  return { mode: 'run', result: await ways.act(call, await readCommon(call, call.given)) };
}

async function readCommon(
  call: Pick<Call, 'options' | 'ask'>,
  { resumeAt, wait, expect, allowExisting = false }: Migrating,
): Promise<Common> {
  return {
    wait: wait === undefined ? undefined : wait * 1_000,
    awaitsServer: wait === undefined ? undefined : true,
    expect: expect === undefined ? undefined : await (await import('../expected.ts')).readExpected(call, expect),
    resumeAt,
    allowExisting,
    confirmDestroying: askDestroying(call),
  };
}

/** Asked whatever `--yes` says: where the project wants an approval, that is no answer. */
function askDestroying({ ask }: Pick<Call, 'ask'>): Common['confirmDestroying'] {
  if (ask === undefined) return undefined;
  return (_, destroyed) => {
    const list = destroyed
      .slice(0, 20)
      .map(({ file, line, what }) => `  ${sanitizeLine(`${file}:${line}: ${what}`)}\n`);
    const more = destroyed.length > 20 ? `  and ${destroyed.length - 20} more\n` : '';
    return ask(`This destroys what follows, and has no approval that counts:\n${list.join('')}${more}Go on?`);
  };
}

export function* printMigrated(migrated: Migrated, view: View): Iterable<string> {
  const { style } = view;
  if (migrated.mode === 'script') yield* migrated.pieces;
  else if (migrated.mode === 'file')
    yield `${migrated.file}: ${migrated.isLedger ? 'the ledger alone' : `${countFiles(migrated.files)}${plural(migrated.script.steps.length, 'step')}, digest ${migrated.script.digest}`}\n`;
  else if (migrated.mode === 'plan') yield* printPlan(migrated.script, view);
  else {
    const { steps, heads, database, ranBefore, ahead, structure } = migrated.result;
    const past = ahead === undefined ? '' : `, and ahead of these files by ${sanitizeLine(printHeads(ahead))}`;
    const at = `the database is at ${sanitizeLine(printHeads(heads))}${past} (${sanitizeLine(database)})`;
    const nothing = ranBefore ? 'Nothing to do: this plan was run here already' : 'Nothing to do';
    yield steps.length === 0
      ? `${nothing}${ranBefore ? '; ' : ': '}${at}\n`
      : `${style.good('Done')}: ${countSteps(steps)}; ${at}\n`;
    if (structure !== undefined) yield `${sanitizeLine(structure)} has what the database has now\n`;
  }
}

function countFiles(files: readonly string[]): string {
  return files.length === 0 ? '' : `${files.length} files, `;
}

function* printPlan({ steps, plan, database, digest }: Script, { style }: View): Iterable<string> {
  if (steps.length === 0) yield `Nothing to do: the database is at ${sanitizeLine(printHeads(plan.from))}\n`;
  for (const step of steps) {
    for (const { op, id } of step.entries)
      yield `${op} ${style.id(id)} ${step.op === 'stamp' ? '' : sanitizeLine(step.name)}${step.transactional ? '' : style.warn(' (no transaction)')}${wordRecorded(step, style)}\n`;
  }
  if (database !== undefined) yield `${style.dim('database')} ${sanitizeLine(database)}\n`;
  yield `${style.dim(`from ${sanitizeLine(printHeads(plan.from))} to ${sanitizeLine(printHeads(plan.to))}`)}\n${style.dim('digest')} ${digest}\n`;
}

function wordRecorded({ recorded, statements }: ScriptStep, style: View['style']): string {
  if (recorded === undefined) return '';
  return style.warn(` unfinished: continues after ${recorded} of ${plural(statements, 'statement')}`);
}

const words = [
  ['up', 'applied'],
  ['down', 'reverted'],
  ['stamp', 'recorded as applied'],
  ['unstamp', 'recorded as not applied'],
] as const;

function countSteps(steps: readonly RunStep[]): string {
  const counts = words.flatMap(([op, word]) => {
    const count = steps.filter((step) => step.op === op).length;
    return count === 0 ? [] : [`${plural(count, 'revision')} ${word}`];
  });
  return counts.join(', ');
}
