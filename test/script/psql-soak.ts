import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Inspected } from '../../lib/sql/source.ts';
import { createRandom } from '../chaos/random.ts';
import { findMisread, passes } from './psql-reading.ts';
import { makeSoup } from './soup.ts';

// The long form of psql-reads.test.ts: `npm run psql-soak -- <rounds> <seed> [folder]`. A folder of .sql files, such as
// src/test/regress/sql of PostgreSQL's sources, is read by paragraphs, alone and together with those behind them.
const [rounds = '10', seed = String(Date.now() % 1_000_000), folder] = process.argv.slice(2);

let failures = 0;
for (let round = 0; round < Number(rounds); round++) {
  const random = createRandom(Number(seed) + round);
  await report(
    `soup ${Number(seed) + round}`,
    Array.from({ length: 10_000 }, () => makeSoup(random)),
  );
}
if (folder !== undefined)
  for (const file of await sqlFiles(folder)) await report(file, paragraphs(await readFile(file, 'utf8')));
process.exitCode = failures === 0 ? 0 : 1;

async function report(what: string, texts: readonly string[]): Promise<void> {
  const passed: Inspected[] = texts.map(passes).filter((text) => text !== undefined);
  const differences = await findMisread(passed);
  failures += differences.length;
  console.log(`${what}: ${passed.length} of ${texts.length} passed, ${differences.length} are read otherwise by psql`);
  for (const difference of differences) console.log(`  ${difference.replaceAll('\n', '\n  ')}`);
}

async function sqlFiles(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true });
  return entries
    .filter((name) => name.endsWith('.sql'))
    .map((name) => join(root, name))
    .sort();
}

function paragraphs(text: string): readonly string[] {
  const all = text.split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== '');
  const windows = [1, 2, 4].flatMap((size) => all.map((_, index) => all.slice(index, index + size).join('\n\n')));
  return windows.flatMap((window) => [window, `-- updown: unparsed\n${window}`]);
}
