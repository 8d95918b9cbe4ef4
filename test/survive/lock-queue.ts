import { startServer } from '../support/server.ts';
import { lockTimeout, measurePsql, measureUpdown, type Queue, stay } from './queue.ts';

// npm run lock-queue: a long reader, a migration that wants the table for itself, and what short readers behind it wait.
const server = await startServer();
process.env.UPDOWN_TEST_SERVER = server.url;
try {
  const rows = [
    ['', 'worst read', 'median read', 'reads', 'machine', 'migration done'],
    toRow(`updown, lock timeout ${lockTimeout} ms`, await measureUpdown()),
    toRow('psql, no lock timeout', await measurePsql()),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  console.log(`A reader stays ${stay} ms in its transaction; meanwhile: ALTER TABLE t ADD COLUMN x integer\n`);
  for (const row of rows)
    console.log(
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
    );
} finally {
  await server.stop();
}

function toRow(what: string, { worst, median, reads, noise, after, outcome }: Queue): readonly string[] {
  const done = outcome.status === 0 ? `${after.toFixed(0)} ms after the reader` : `FAILED (${outcome.status})`;
  return [what, `${worst.toFixed(0)} ms`, `${median.toFixed(1)} ms`, String(reads), `${noise.toFixed(0)} ms`, done];
}
