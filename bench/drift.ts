import { compare, find, type Report } from './finding.ts';
import { addSample, type Samples, time } from './measure.ts';
import { writeUpdown } from './project.ts';
import type { Work } from './revisions.ts';
import { makeTable, tables } from './schema.ts';
import type { BenchServer } from './server.ts';
import { updown } from './sides.ts';

const revisions = 10;
const database = 'bench_drift';

/** What it takes to compare a database with its files: by the hash that is kept for them, and by running them on a scratch server. */
export async function measureDrift(server: BenchServer, folder: string, rounds: number): Promise<Report> {
  const dir = writeUpdown(folder, makeWork());
  const samples: Samples = new Map();
  const scratch = ['--scratch', server.address('postgres')];
  await server.create(database);
  try {
    const address = ['--dir', dir, '--url', server.address(database)];
    const run = (...args: readonly string[]) => time(updown(folder, 'drift.txt', [...args, ...address]));
    await run('upgrade', '--quiet');
    await time(
      updown(folder, 'drift.txt', ['verify', 'head', '--write', '--quiet', '--schema-only', '--dir', dir, ...scratch]),
    );
    for (let round = 0; round < rounds; round++) {
      addSample(samples, 'start-up alone', await time(updown(folder, 'drift.txt', ['--version'])));
      addSample(samples, 'status', await run('status', '--quiet'));
      addSample(samples, 'status --schema, by the hash', await run('status', '--schema', '--quiet'));
      addSample(samples, 'upgrade of an empty database', await upgrade(server, folder, dir));
      addSample(samples, 'check --url', await run('check', '--quiet', ...scratch));
    }
  } finally {
    await server.drop(database);
  }
  addDifference(samples, 'what --schema adds to status', 'status --schema, by the hash', 'status');
  addDifference(samples, 'check --url without running the files', 'check --url', 'upgrade of an empty database');
  return {
    title: 'Drift',
    notes: [
      `the ${tables} tables of the section before, made by ${revisions} revisions; the scratch server is the same one`,
    ],
    findings: [
      find({ samples, name: 'start-up alone' }),
      find({ samples, name: 'status' }),
      find({ samples, name: 'status --schema, by the hash' }),
      find({ samples, name: 'what --schema adds to status' }, 300),
      find({ samples, name: 'upgrade of an empty database' }),
      compare({ samples, name: 'check --url' }, ['check --url', 'upgrade of an empty database'], 'of that upgrade'),
      find({ samples, name: 'check --url without running the files' }, 2000),
    ],
  };
}

async function upgrade(server: BenchServer, folder: string, dir: string): Promise<number> {
  const empty = 'bench_drift_empty';
  await server.create(empty);
  try {
    return await time(
      updown(folder, 'drift.txt', ['upgrade', '--quiet', '--dir', dir, '--url', server.address(empty)]),
    );
  } finally {
    await server.drop(empty);
  }
}

function addDifference(samples: Samples, name: string, more: string, less: string): void {
  const [above, below] = [samples.get(more) ?? [], samples.get(less) ?? []];
  for (const [index, each] of above.entries()) addSample(samples, name, each - (below[index] ?? 0));
}

function makeWork(): readonly Work[] {
  const size = tables / revisions;
  return Array.from({ length: revisions }, (_, index) => {
    const own = Array.from({ length: size }, (__, each) => index * size + each);
    const made = own.map((table) => `${makeTable(table)};\n`.replaceAll(/;\s*;/g, ';'));
    const dropped = own.toReversed().map((table) => `DROP TABLE t${table} CASCADE;\n`);
    return {
      time: `2025010100${String(index).padStart(2, '0')}`,
      name: `part_${index}`,
      up: [...(index === 0 ? [makeTouch] : []), ...made].join(''),
      down: [...dropped, ...(index === 0 ? ['DROP FUNCTION touch();\n'] : [])].join(''),
    };
  });
}

const makeTouch = "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';\n";
