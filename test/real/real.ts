import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type Database, withDatabase } from '../support/database.ts';
import { startServer } from '../support/server.ts';
import { checkDowngrade } from './downgrade.ts';
import { listOriginals, type Tool } from './original.ts';
import { type Finding, printReport } from './report.ts';
import { checkSchema } from './schema.ts';
import { ask, readRevisions, type Site, wordFault } from './site.ts';
import { checkUpgrade, type Upgraded } from './upgrade.ts';

// npm run test:real -- <tool> <folder> [<name>]: a public history, imported and run, against what plain psql makes of its own files.
const [tool, folder, name = basename(resolve(folder ?? '.'))] = process.argv.slice(2);
if ((tool !== 'diesel' && tool !== 'golang-migrate') || folder === undefined || !existsSync(folder)) {
  console.error('Usage: npm run test:real -- diesel|golang-migrate <folder of migrations> [<name>]');
  process.exit(2);
}
/** The later passes go up again to below the revision that has no way back, so that the downs below it are seen too. */
const passes = 6;
const project = mkdtempSync(join(tmpdir(), 'updown-real-'));
try {
  const findings = await check(tool, resolve(folder));
  process.stdout.write(printReport(`${name} (${tool})`, findings));
  process.exitCode = findings.some(({ mark }) => mark === 'bad') ? 1 : 0;
} finally {
  rmSync(project, { recursive: true, force: true });
}

async function check(tool: Tool, folder: string): Promise<readonly Finding[]> {
  const originals = await listOriginals(tool, folder);
  const imported = await importHistory(tool, folder);
  if (imported.mark === 'bad') return [imported];
  const revisions = await readRevisions(project);
  const order = compareOrder(revisions, originals);
  if (order.mark === 'bad') return [imported, order];
  const findings = [imported, order, ...(await checkSchemas(originals))];
  let top = originals.length;
  for (let pass = 1; top > 0 && pass <= passes; pass++) {
    await withDatabases(async (run, script, plain) => {
      const site: Site = { project, originals, revisions, run, script, plain };
      const up = await checkUpgrade(site, top);
      const down = up.applied === 0 ? { findings: [], left: 0 } : await checkDowngrade(site, up.applied);
      findings.push(...(pass === 1 ? [...up.findings, ...down.findings] : shorten(up, down.findings)));
      top = findTop(originals, down.left - 1);
    });
  }
  return findings;
}

async function checkSchemas(originals: Site['originals']): Promise<readonly Finding[]> {
  const server = await startServer();
  let findings: readonly Finding[] = [];
  try {
    await withDatabase(
      async (database) => {
        findings = await checkSchema(originals, database);
      },
      { server: server.url },
    );
  } finally {
    await server.stop();
  }
  return findings;
}

/** Below the revisions that have no way back at all: a pass for each would show nothing more. */
function findTop(originals: Site['originals'], from: number): number {
  let top = from;
  while (top > 0 && originals[top - 1]?.down === undefined) top--;
  return top;
}

function shorten({ findings, applied }: Upgraded, down: readonly Finding[]): readonly Finding[] {
  const bad = [...findings, ...down].filter(({ mark }) => mark === 'bad');
  const reached = down.filter(({ about }) => about === 'downgrade' || about === 'rest');
  return [{ mark: 'note', about: 'pass', text: `again, up to ${applied}` }, ...bad, ...reached];
}

interface Decision {
  readonly kind: string;
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

async function importHistory(tool: Tool, folder: string): Promise<Finding> {
  const { status, value } = await ask<{ decisions: readonly Decision[] }>(project, ['import', tool, folder]);
  if (status !== 0) return { mark: 'bad', about: 'import', text: wordFault(value.error) };
  const { decisions } = value;
  const kinds = [...new Set(decisions.map(({ kind }) => kind))].sort();
  const counts = kinds.map((kind) => `${decisions.filter((decision) => decision.kind === kind).length} ${kind}`);
  const refused = decisions.filter(({ kind }) => kind === 'refused');
  const details = refused.map(({ file, line, message }) => `${file}:${line ?? 1}: ${message}`);
  return { mark: 'ok', about: 'import', text: counts.join(', ') || 'nothing to decide', details };
}

function compareOrder(revisions: Site['revisions'], originals: Site['originals']): Finding {
  const [ours, theirs] = [revisions.map(({ source }) => source.path), originals.map(({ path }) => path)];
  const at = theirs.findIndex((path, index) => path !== ours[index]);
  if (at < 0 && ours.length === theirs.length)
    return { mark: 'ok', about: 'order', text: `${ours.length} revisions, in the order of the original` };
  const text = `the import differs from the original at ${at}: ${ours[at]} is not ${theirs[at]}`;
  return { mark: 'bad', about: 'order', text };
}

/** A server for each: roles belong to a server, and two runs would meet there. */
async function withDatabases(body: (...databases: [Database, Database, Database]) => Promise<void>): Promise<void> {
  const servers = [await startServer(), await startServer(), await startServer()];
  const [first, second, third] = servers.map(({ url }) => ({ server: url }));
  try {
    await withDatabase(
      (run) => withDatabase((script) => withDatabase((plain) => body(run, script, plain), third), second),
      first,
    );
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
