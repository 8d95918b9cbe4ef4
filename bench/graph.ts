import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dag, makeDag } from './dag.ts';
import { find, type Report } from './finding.ts';
import { addSample, type Command, interleave, type Samples, time } from './measure.ts';
import { updown } from './sides.ts';

/** A manifest of many revisions: from its text to a plan, and a whole command on its tree of folders. */
export async function measureGraph(folder: string, revisions: number, rounds: number): Promise<Report> {
  const dag = makeDag(revisions);
  const dir = writeTree(folder, dag);
  const plan = planOnce(folder, join(dir, 'manifest.jsonl'));
  const history = updown(folder, 'history.json', ['history', '--json', '--dir', dir]);
  const samples: Samples = new Map();
  await interleave(rounds, [plan, history], async (command) => {
    const milliseconds = await time(command);
    if (command === plan) addPlanned(samples, command, milliseconds, revisions);
    else addSample(samples, 'history', milliseconds);
  });
  return toReport(samples, dag, revisions, rounds);
}

/** Folders without files: what a revision's SQL says is not looked at before the plan asks for it. */
function writeTree(folder: string, { manifest, folders }: Dag): string {
  const dir = join(folder, 'graph');
  mkdirSync(dir);
  for (const name of folders) mkdirSync(join(dir, name));
  writeFileSync(join(dir, 'manifest.jsonl'), manifest);
  return dir;
}

interface Planned {
  readonly steps: number;
  readonly heads: number;
  readonly parse: number;
  readonly build: number;
  readonly plan: number;
  readonly megabytes: number;
}

/** In a process of its own, on the built library: what compiles this file would count as time and memory. */
const planProgram = `
import { readFileSync } from 'node:fs';
const [library, file] = process.argv.slice(1);
const load = (path) => import(library + path);
const [{ parseManifest }, { buildGraph }, { planUpgrade }] = await Promise.all(
  ['project/manifest.js', 'graph/build.js', 'plan/upgrade.js'].map(load),
);
const at = [performance.now()];
const { revisions } = parseManifest(readFileSync(file, 'utf8'), file);
at.push(performance.now());
const graph = buildGraph(revisions);
at.push(performance.now());
const plan = planUpgrade(graph, new Set(), ['head']);
at.push(performance.now());
const [parse, build, planned] = at.slice(1).map((end, index) => end - at[index]);
const megabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ steps: plan.steps.length, heads: plan.to.length, parse, build, plan: planned, megabytes }));
`;

function planOnce(folder: string, manifest: string): Command {
  const library = new URL('../dist/lib/', import.meta.url).href;
  const args = ['--input-type=module', '-e', planProgram, library, manifest];
  return { file: process.execPath, args, cwd: folder, output: join(folder, 'plan.json') };
}

function addPlanned(samples: Samples, { output }: Command, milliseconds: number, revisions: number): void {
  const planned = JSON.parse(readFileSync(output, 'utf8')) as Planned;
  if (planned.steps !== revisions || planned.heads !== 1)
    throw new Error(`The plan has ${planned.steps} steps to ${planned.heads} heads, not ${revisions} to 1`);
  addSample(samples, 'process', milliseconds);
  for (const part of ['parse', 'build', 'plan', 'megabytes'] as const) addSample(samples, part, planned[part]);
}

function toReport(samples: Samples, dag: Dag, revisions: number, rounds: number): Report {
  const { branches, merges, dependencies } = dag;
  return {
    title: `A graph of ${revisions}`,
    notes: [
      `${branches} branches, ${merges} merges, ${dependencies} dependencies; median of ${rounds} ${rounds === 1 ? 'run' : 'runs'}, each a process`,
    ],
    findings: [
      find({ samples, name: 'process', what: 'load, validate and plan' }, 3000),
      find({ samples, name: 'parse', what: '  of that: parseManifest' }),
      find({ samples, name: 'build', what: '  of that: buildGraph' }),
      find({ samples, name: 'plan', what: '  of that: planUpgrade' }),
      find({ samples, name: 'megabytes', what: '  most memory (RSS)', unit: 'MB' }, 600),
      find({ samples, name: 'history', what: 'history --json, on its folders' }),
    ],
  };
}
