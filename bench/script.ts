import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../test/support/binaries.ts';
import { compare, find, type Report } from './finding.ts';
import { addSample, type Command, interleave, type Samples, time, timeWithMemory } from './measure.ts';
import { writeUpdown } from './project.ts';
import { makeWork, type Work } from './revisions.ts';
import type { BenchServer } from './server.ts';
import { updown } from './sides.ts';

export interface ScriptInput {
  readonly server: BenchServer;
  readonly folder: string;
  readonly revisions: number;
  readonly rounds: number;
}

const database = 'bench_script';

/** What the guards of a psql script cost: the script, and the same SQL with no more around it than a transaction a revision. */
export async function measureScript({ server, folder, revisions, rounds }: ScriptInput): Promise<Report> {
  const work = makeWork(revisions);
  const dir = writeUpdown(folder, work);
  writeFileSync(join(folder, 'bare.sql'), printBare(work));
  writeFileSync(join(folder, 'files.sql'), printFiles(work));
  const samples: Samples = new Map();
  const emitted = await timeWithMemory(updown(folder, 'script.sql', ['upgrade', '--sql', '--dir', dir]));
  addSample(samples, 'emit', emitted.milliseconds);
  addSample(samples, 'memory of emit', emitted.megabytes);
  const files = ['script.sql', 'bare.sql', 'files.sql'];
  await interleave(rounds, files, async (file) => {
    await server.create(database);
    try {
      await server.settle();
      const { milliseconds, megabytes } = await timeWithMemory(psql(folder, file, server.address(database)));
      addSample(samples, file, milliseconds);
      addSample(samples, `memory of ${file}`, megabytes);
      if (file === 'script.sql') addSample(samples, 'again', await time(psql(folder, file, server.address(database))));
    } finally {
      await server.drop(database);
    }
  });
  return toReport(samples, revisions, rounds);
}

/** The files one after another, as somebody without a tool would run them: each statement commits by itself. */
function printFiles(work: readonly Work[]): string {
  return `\\set ON_ERROR_STOP on\n${work.map(({ up }) => up).join('')}`;
}

/** The same statements, committed as often. */
function printBare(work: readonly Work[]): string {
  return `\\set ON_ERROR_STOP on\n${work.map(({ up }) => `BEGIN;\n${up}COMMIT;\n`).join('')}`;
}

function psql(folder: string, file: string, address: string): Command {
  const args = ['-X', '-q', '-f', join(folder, file), '-d', address];
  const program = findProgram('psql');
  if (program === undefined) throw new Error('psql is neither beside the server nor on PATH');
  return { file: program, args, cwd: folder, output: join(folder, `${file}.out`) };
}

function toReport(samples: Samples, revisions: number, rounds: number): Report {
  return {
    title: 'One script',
    notes: [
      `${revisions} revisions in one script, run by psql on an empty database: median of ${rounds} ${rounds === 1 ? 'run' : 'runs'}`,
      '"bare" is the same SQL with a BEGIN and a COMMIT around each revision and nothing else, "the files" without even that; memory is the most psql or node had',
    ],
    findings: [
      find({ samples, name: 'emit' }),
      find({ samples, name: 'memory of emit', unit: 'MB' }),
      find({ samples, name: 'bare.sql', what: 'psql, bare' }),
      find({ samples, name: 'files.sql', what: 'psql, the files' }),
      find({ samples, name: 'memory of bare.sql', what: 'memory of psql, bare', unit: 'MB' }),
      compare({ samples, name: 'script.sql', what: 'psql, the script' }, ['script.sql', 'bare.sql'], 'of bare', 1.3),
      find({ samples, name: 'memory of script.sql', what: 'memory of psql, the script', unit: 'MB' }),
      find({ samples, name: 'again', what: 'psql, the script again' }),
    ],
  };
}
