import type { TestRevision } from '../support/project.ts';

/** The revisions of a run, and what must be there when each has run once. */
export interface Work {
  readonly revisions: readonly TestRevision[];
  /** How many statements each revision outside a transaction has; none for the others. */
  readonly bare: ReadonlyMap<string, number>;
  /** The names of all indexes outside the ledger. */
  readonly indexes: readonly string[];
  /** What the counted updates must have come to. */
  readonly counted: number;
}

/** One that runs outside a transaction: its SQL, and what it makes and takes away. */
interface Bare {
  readonly sql: readonly string[];
  readonly makes?: readonly string[];
  readonly takes?: readonly string[];
  readonly counts?: number;
}

/** Each kind of statement that can't be in a transaction and that a table of some size feels. `slow` stretches a build to half a second. */
const bareKinds: readonly Bare[] = [
  { sql: ['CREATE INDEX CONCURRENTLY big_named ON big (a)'], makes: ['big_named'] },
  { sql: ['CREATE INDEX CONCURRENTLY ON big (b)'], makes: ['big_b_idx'] },
  {
    sql: [
      'UPDATE counter SET n = n + 1',
      'CREATE INDEX CONCURRENTLY ON big (b, a)',
      'CREATE INDEX CONCURRENTLY big_third ON big (slow(a))',
    ],
    makes: ['big_b_a_idx', 'big_third'],
    counts: 1,
  },
  { sql: ['CREATE INDEX CONCURRENTLY IF NOT EXISTS big_if ON big (slow(a))'], makes: ['big_if'] },
  { sql: ['CREATE UNIQUE INDEX CONCURRENTLY big_unique ON big (slow(id))'], makes: ['big_unique'] },
  { sql: ['DROP INDEX CONCURRENTLY big_named'], takes: ['big_named'] },
  { sql: ['REINDEX TABLE CONCURRENTLY note'] },
  { sql: ['ALTER TABLE part DETACH PARTITION part_2 CONCURRENTLY'] },
  { sql: ['CREATE INDEX CONCURRENTLY ON big (slow(c))'], makes: ['big_slow_idx'] },
  {
    sql: ['CREATE INDEX CONCURRENTLY ON public.big (c)', 'CREATE INDEX CONCURRENTLY ON public.big (c, b)'],
    makes: ['big_c_idx', 'big_c_b_idx'],
  },
  { sql: ['REINDEX INDEX CONCURRENTLY big_third'] },
  { sql: ['CREATE INDEX CONCURRENTLY IF NOT EXISTS big_partial ON big (a) WHERE slow(a) > 5'], makes: ['big_partial'] },
  { sql: ['CREATE UNIQUE INDEX CONCURRENTLY ON big (id, a)'], makes: ['big_id_a_idx'] },
  {
    sql: [
      'CREATE INDEX CONCURRENTLY big_pair ON big (slow(a), b)',
      'UPDATE counter SET n = n + 10',
      'DROP INDEX CONCURRENTLY big_if',
    ],
    makes: ['big_pair'],
    takes: ['big_if'],
    counts: 10,
  },
  { sql: ['CREATE INDEX CONCURRENTLY IF NOT EXISTS big_last ON public.big (slow(a), slow(c))'], makes: ['big_last'] },
];

const primaryKeys = ['big_pkey', 'counter_pkey', 'note_pkey', 'part_pkey', 'part_1_pkey', 'part_2_pkey', 'seen_at'];

/** `total` revisions in a row, the bare ones spread evenly between them. */
export function makeWork(total: number, bareCount: number): Work {
  const kinds = bareKinds.slice(0, bareCount);
  const every = Math.floor((total - 1) / Math.max(bareCount, 1));
  const revisions: TestRevision[] = [{ id: idOf(0), up: ground(), message: 'the ground' }];
  const bare = new Map<string, number>();
  for (let number = 1; number < total; number++) {
    const kind = number % every === 0 ? kinds[number / every - 1] : undefined;
    const id = idOf(number);
    revisions.push({ id, up: kind ? printBare(id, kind) : printPlain(id, number) });
    if (kind) bare.set(id, kind.sql.length + 1);
  }
  const taken = new Set(kinds.flatMap(({ takes = [] }) => takes));
  const made = kinds.flatMap(({ makes = [] }) => makes).filter((name) => !taken.has(name));
  return {
    revisions,
    bare,
    indexes: [...primaryKeys, ...made].sort(),
    counted: kinds.reduce((sum, { counts = 0 }) => sum + counts, 0),
  };
}

function idOf(number: number): string {
  return `c${String(number).padStart(3, '0')}`;
}

/** The row in `seen` stands between the others, so that a step can break off on either side of it. */
function printBare(id: string, { sql }: Bare): string {
  const [first, ...rest] = sql;
  return `-- updown: no-transaction\n${[first, printSeen(id), ...rest].join(';\n')};\n`;
}

/** Some want a lock that a foreign session may hold; all take their time. */
function printPlain(id: string, number: number): string {
  const change = number % 4 === 1 ? `ALTER TABLE big ADD COLUMN ${id} integer` : `CREATE TABLE t_${id} (n integer)`;
  return `${printSeen(id)};\n${change};\nCALL take_time();\n`;
}

function printSeen(id: string): string {
  return `INSERT INTO seen (revision) VALUES ('${id}')`;
}

/** `pace` is set by whoever injects the faults, so that there is work for all of them. */
function ground(): string {
  return `CREATE TABLE pace (seconds double precision NOT NULL);
INSERT INTO pace VALUES (0.15);
CREATE PROCEDURE take_time() LANGUAGE plpgsql AS $f$BEGIN PERFORM pg_sleep((SELECT seconds FROM pace)); END$f$;
CREATE TABLE seen (revision text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX seen_at ON seen (at);
CREATE TABLE counter (one boolean PRIMARY KEY DEFAULT true, n integer NOT NULL);
INSERT INTO counter VALUES (true, 0);
CREATE FUNCTION slow(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $f$
BEGIN
  IF n % 1000 = 0 THEN PERFORM pg_sleep(0.01); END IF;
  RETURN n;
END$f$;
CREATE TABLE big (id integer PRIMARY KEY, a integer, b integer, c integer, filler text);
INSERT INTO big SELECT n, n, n % 97, n / 3, repeat('x', 40) FROM generate_series(1, 20000) n;
CREATE TABLE note (id integer PRIMARY KEY, body text);
INSERT INTO note SELECT n, repeat(md5(n::text), 10) FROM generate_series(1, 20000) n;
CREATE TABLE part (id integer PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10000);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (10000) TO (20001);
INSERT INTO part SELECT generate_series(0, 20000);
${printSeen(idOf(0))};
`;
}
