import { join } from 'node:path';
import { compare, find, type Report } from './finding.ts';
import { addSample, type Command, interleave, type Samples, time } from './measure.ts';
import { writeUpdown } from './project.ts';
import type { Work } from './revisions.ts';
import type { BenchServer } from './server.ts';
import { updown } from './sides.ts';

export interface StartupInput {
  readonly server: BenchServer;
  readonly folder: string;
  readonly work: readonly Work[];
  readonly rounds: number;
}

const database = 'bench_startup';

/** What a user waits for where there is nothing to do. */
export async function measureStartup(input: StartupInput): Promise<Report> {
  const { server, folder, work, rounds } = input;
  const address = server.address(database);
  const upgrade = updown(folder, 'startup.txt', ['upgrade', '--dir', writeUpdown(folder, work), '--url', address]);
  await server.create(database);
  try {
    await time(upgrade);
    const noOp = `no-op upgrade of ${work.length}`;
    const subjects: Record<string, Command> = {
      'node -e 0': node(folder, ['-e', '0']),
      '--version': updown(folder, 'startup.txt', ['--version']),
      'node, one connection': node(folder, ['--input-type=module', '-e', connectOnce, library, address]),
      [noOp]: upgrade,
    };
    return toReport(await measureAll(subjects, rounds), noOp, rounds);
  } finally {
    await server.drop(database);
  }
}

/** The least a program can do that talks to a database: no look at its types, one connection, one query. */
const connectOnce = `
const [library, address] = process.argv.slice(1);
const { default: postgres } = await import(library);
const sql = postgres(address, { max: 1, fetch_types: false });
await sql\`select 1\`;
await sql.end();
`;

const library = import.meta.resolve('postgres');

function node(folder: string, args: readonly string[]): Command {
  return { file: process.execPath, args, cwd: folder, output: join(folder, 'startup.txt') };
}

async function measureAll(subjects: Readonly<Record<string, Command>>, rounds: number): Promise<Samples> {
  const samples: Samples = new Map();
  // The first round fills the caches and does not count.
  await interleave(rounds + 1, Object.entries(subjects), async ([name, command], round) => {
    const milliseconds = await time(command);
    if (round > 0) addSample(samples, name, milliseconds);
  });
  return samples;
}

function toReport(samples: Samples, noOp: string, rounds: number): Report {
  return {
    title: 'Start-up',
    notes: [
      `median of ${rounds} runs; "one connection" imports the library postgres, connects, asks "select 1" and ends`,
    ],
    findings: [
      find({ samples, name: 'node -e 0' }),
      compare({ samples, name: '--version' }, ['--version', 'node -e 0'], 'of node -e 0', 1.4),
      find({ samples, name: 'node, one connection' }),
      compare({ samples, name: noOp }, [noOp, 'node, one connection'], 'of one connection', 1.8),
    ],
  };
}
