/** One revision in no tool's format: two statements up, one down. */
export interface Work {
  /** Sorts like the position: `20250101000007`. Every tool takes it for a time. */
  readonly time: string;
  readonly name: string;
  readonly up: string;
  readonly down: string;
}

export function makeWork(count: number): readonly Work[] {
  return Array.from({ length: count }, (_, index) => makeOne(index + 1));
}

/** Tables of the benchmark, for a count of what was really done. */
export const tablePattern = 'bench\\_%';

function makeOne(position: number): Work {
  const table = `bench_${String(position).padStart(6, '0')}`;
  const second =
    position % 2 === 0
      ? `INSERT INTO ${table} (id, name) VALUES (1, 'first'), (2, 'second'), (3, 'third');`
      : `CREATE INDEX ${table}_name ON ${table} (name);`;
  return {
    time: timeOf(position),
    name: `add_${table}`,
    up: `CREATE TABLE ${table} (id integer NOT NULL, name text NOT NULL);\n${second}\n`,
    down: `DROP TABLE ${table};\n`,
  };
}

function timeOf(position: number): string {
  const time = new Date(Date.UTC(2025, 0, 1) + position * 60_000).toISOString();
  return time.slice(0, 19).replace(/[-:T]/g, '');
}
