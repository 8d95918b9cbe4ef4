import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureDrift } from './drift.ts';
import { measureEmit } from './emit.ts';
import type { Report } from './finding.ts';
import { measureGraph } from './graph.ts';
import { measureLegibility } from './legibility.ts';
import { measureMemory } from './memory.ts';
import { measureDelayed, measureLoopback } from './migrate.ts';
import { readOptions, type Section } from './options.ts';
import { measureReview } from './review.ts';
import { makeWork } from './revisions.ts';
import { measureSchema } from './schema.ts';
import { measureScript } from './script.ts';
import { type BenchServer, startBenchServer } from './server.ts';
import { cli, makeSides, type Side } from './sides.ts';
import { measureStartup } from './startup.ts';
import { printReport } from './table.ts';
import { measureVerify } from './verify.ts';

// All sides in one run on one server. Says what is and asserts nothing: it ends with 0 whether or not a target is met.
const options = readOptions(process.argv.slice(2));
const { repeat, revisions } = options;
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'updown-bench-')));
let server: BenchServer | undefined;
let sides: readonly Side[] | undefined;

process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
if (!existsSync(cli)) throw new Error('There is no dist/ yet: npm run build');

const measures: Readonly<Record<Section, () => Promise<Report>>> = {
  loopback: async () => measureLoopback(await migrateInput('loopback', repeat)),
  // A run takes minutes there, and nearly all of it is the way.
  delay: async () => measureDelayed(await migrateInput('delay', Math.max(1, Math.floor(repeat / 3)))),
  startup: async () => {
    const input = { folder: makeFolder('startup'), work: makeWork(revisions), rounds: repeat * 5 };
    return measureStartup({ server: await theServer(), ...input });
  },
  emit: () => measureEmit(makeFolder('emit'), revisions, repeat),
  memory: () => measureMemory(makeFolder('memory'), repeat),
  // Five times the revisions: a history of some years, in one script.
  script: async () => {
    const input = { folder: makeFolder('script'), revisions: revisions * 5, rounds: repeat };
    return measureScript({ server: await theServer(), ...input });
  },
  legibility: measureLegibility,
  review: () => measureReview(makeFolder('review'), repeat),
  schema: async () => measureSchema({ server: await theServer(), folder: makeFolder('schema'), rounds: repeat }),
  drift: async () => measureDrift(await theServer(), makeFolder('drift'), repeat),
  verify: async () => measureVerify(await theServer(), makeFolder('verify'), Math.max(1, Math.floor(repeat / 3))),
  graph: () => measureGraph(makeFolder('graph'), revisions * 100, repeat),
};

try {
  const reports: Report[] = [];
  for (const section of options.only) {
    say(section);
    reports.push(await measures[section]());
  }
  print(reports);
} finally {
  await server?.stop();
}

async function migrateInput(section: Section, rounds: number): Promise<Parameters<typeof measureLoopback>[0]> {
  const input = { server: await theServer(), sides: await theSides(), revisions, rounds };
  return { ...input, say: (text) => say(`${section}: ${text}`) };
}

async function theServer(): Promise<BenchServer> {
  server ??= await startBenchServer();
  return server;
}

async function theSides(): Promise<readonly Side[]> {
  sides ??= await makeSides(makeFolder('sides'), makeWork(revisions));
  return sides;
}

function makeFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

function print(reports: readonly Report[]): void {
  const about = describe();
  if (options.json) console.log(JSON.stringify({ about, reports }, null, 2));
  else console.log([...about, ...reports.map(printReport)].join('\n'));
}

function describe(): readonly string[] {
  return [
    `updown's benchmark: ${revisions} revisions of two statements, CREATE TABLE and INSERT or CREATE INDEX`,
    `Node.js ${process.versions.node}, ${availableParallelism()} processors`,
    ...describeServer(),
    ...(sides ?? []).map(({ note }) => note),
    ...(revisions === 1000 ? [] : ['The targets are meant for 1000 revisions.']),
  ];
}

function describeServer(): readonly string[] {
  if (server === undefined) return [];
  const { version, settings, commitMilliseconds } = server;
  return [
    `PostgreSQL ${version}, its own server, as in production: ${settings}`,
    `one commit takes ${commitMilliseconds.toFixed(2)} ms; a fresh database for every side and run, no TLS, sides take turns`,
  ];
}

/** Progress: the table alone goes to stdout. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
