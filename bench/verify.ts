import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../test/support/binaries.ts';
import { compare, find, type Report } from './finding.ts';
import { addSample, type Command, type Samples, time } from './measure.ts';
import { writeUpdown } from './project.ts';
import { makeWork } from './revisions.ts';
import type { BenchServer } from './server.ts';
import { updown } from './sides.ts';

const revisions = 300;
const database = 'bench_verify';

/** What proving a history takes, beside psql that applies it once: file by file as scripts do it, and all of it in one process. */
export async function measureVerify(server: BenchServer, folder: string, rounds: number): Promise<Report> {
  const work = makeWork(revisions);
  const dir = writeUpdown(folder, work);
  const files = join(folder, 'files');
  mkdirSync(files);
  for (const [index, { up }] of work.entries()) writeFileSync(join(files, `${index}.sql`), up);
  writeFileSync(join(folder, 'all.sql'), work.map(({ up }) => `BEGIN;\n${up}COMMIT;\n`).join(''));
  const samples: Samples = new Map();
  for (let round = 0; round < rounds; round++) {
    await server.create(database);
    const address = server.address(database);
    let each = 0;
    for (let index = 0; index < revisions; index++)
      each += await time(psql(folder, join(files, `${index}.sql`), address));
    addSample(samples, 'psql, a process a file', each);
    await server.drop(database);
    await server.create(database);
    addSample(samples, 'psql, one process', await time(psql(folder, join(folder, 'all.sql'), address)));
    await server.drop(database);
    const args = ['verify', '--quiet', '--dir', dir, '--scratch', server.address('postgres')];
    addSample(samples, 'verify', await time(updown(folder, 'verify.txt', args)));
    addSample(samples, 'verify, two at a time', await time(updown(folder, 'verify.txt', [...args, '--jobs', '2'])));
  }
  return {
    title: 'Verify',
    notes: [
      `${revisions} revisions up, down, up, with three snapshots and a row in each table; psql applies them once`,
    ],
    findings: [
      find({ samples, name: 'psql, one process' }),
      find({ samples, name: 'psql, a process a file' }),
      compare({ samples, name: 'verify' }, ['verify', 'psql, a process a file'], 'of psql, a process a file', 3),
      find({ samples, name: 'verify, two at a time' }),
    ],
  };
}

function psql(folder: string, file: string, address: string): Command {
  const program = findProgram('psql');
  if (program === undefined) throw new Error('psql is neither beside the server nor on PATH');
  return {
    file: program,
    args: ['-X', '-q', '-f', file, '-d', address],
    cwd: folder,
    output: join(folder, 'psql.txt'),
  };
}
