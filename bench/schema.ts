import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { find, type Report } from './finding.ts';
import { addSample, type Command, type Samples, time } from './measure.ts';
import type { BenchServer } from './server.ts';

export const tables = 500;
const database = 'schema_bench';

interface Input {
  readonly server: BenchServer;
  readonly folder: string;
  readonly rounds: number;
}

/** A snapshot of a database's schema: the first of a process, further ones, and what comparing two takes. */
export async function measureSchema({ server, folder, rounds }: Input): Promise<Report> {
  await server.create(database);
  const samples: Samples = new Map();
  try {
    await fill(server.address(database));
    const program = readOnce(folder, server.address(database));
    for (let round = 0; round < rounds; round++) {
      await time(program);
      const { first, another, compared } = JSON.parse(readFileSync(program.output, 'utf8')) as Taken;
      addSample(samples, 'first snapshot of a process', first);
      for (const each of another) addSample(samples, 'another snapshot', each);
      addSample(samples, 'comparison of two', compared);
    }
  } finally {
    await server.drop(database);
  }
  return {
    title: 'Schema',
    notes: [
      `${tables} tables of ten columns with three indexes, two keys, a check and two comments each, a view on every fifth, triggers on most`,
      'a snapshot is one message, its answer, and what is put together from it',
    ],
    findings: [
      find({ samples, name: 'first snapshot of a process' }),
      find({ samples, name: 'another snapshot' }, 300),
      find({ samples, name: 'comparison of two' }),
    ],
  };
}

interface Taken {
  readonly first: number;
  readonly another: readonly number[];
  readonly compared: number;
}

async function fill(url: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await client.unsafe("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'");
    for (let table = 0; table < tables; table++) await client.unsafe(makeTable(table));
    await client.unsafe('VACUUM ANALYZE').simple();
  } finally {
    await client.end();
  }
}

export function makeTable(table: number): string {
  const [name, parent] = [`t${table}`, `t${Math.max(0, table - 1)}`];
  return `CREATE TABLE ${name} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent bigint REFERENCES ${parent}, name text NOT NULL,
      amount numeric(10, 2) DEFAULT 0, made timestamptz NOT NULL DEFAULT now(),
      status varchar(20) CHECK (status IN ('a', 'b')), a integer, b integer, c jsonb, d uuid);
    CREATE INDEX ${name}_name ON ${name} (name); CREATE INDEX ${name}_part ON ${name} (parent) WHERE status = 'a';
    COMMENT ON TABLE ${name} IS 'table ${table}'; COMMENT ON COLUMN ${name}.name IS 'name ${table}';
    ${table % 5 === 0 ? `CREATE VIEW v${table} AS SELECT id, name, amount FROM ${name} WHERE status IN ('a', 'b')` : ''};
    ${table % 10 === 0 ? '' : `CREATE TRIGGER touched BEFORE UPDATE ON ${name} FOR EACH ROW EXECUTE FUNCTION touch()`}`;
}

/** In a process of its own, on the built library: what compiles this file would count as time. */
const program = `
const [library, url] = process.argv.slice(1);
const load = (path) => import(library + path);
const [{ openSession }, { parseTarget }, { readSchema }, { diff }] = await Promise.all(
  ['database/open.js', 'libpq/parse.js', 'schema/read.js', 'schema/diff.js'].map(load),
);
const session = await openSession(parseTarget(url, {}), { applicationName: 'bench', onNotice: () => {} });
const taken = [];
const read = async () => {
  const start = performance.now();
  const schema = await readSchema(session, 'updown');
  taken.push(performance.now() - start);
  return schema;
};
const before = await read();
for (let each = 0; each < 4; each++) await read();
const after = JSON.parse(JSON.stringify(before));
const start = performance.now();
if (diff(before, after).length > 0) throw new Error('they are equal');
const compared = performance.now() - start;
await session.close();
const [first, ...another] = taken;
console.log(JSON.stringify({ first, another, compared }));
`;

function readOnce(folder: string, url: string): Command {
  const library = new URL('../dist/lib/', import.meta.url).href;
  const args = ['--input-type=module', '-e', program, library, url];
  return { file: process.execPath, args, cwd: folder, output: join(folder, 'schema.json') };
}
