import { review } from '../../lib/command/review.ts';
import type { Finding, Review } from '../../lib/review/review.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';

/** What a file, a description or a server may say to break out of a report. */
export const hostile =
  '</script><script>alert(1)</script> | `code` ](http://example.com) [x](y) @someone #12 <b>&amp; "q" \'s\' %0A::error::x';

export const revisions: readonly TestRevision[] = [
  {
    id: 'aaaaaaaaaaaa',
    message: 'initial schema',
    up: `CREATE TABLE customers (id integer PRIMARY KEY, name text);
CREATE TABLE orders (id integer PRIMARY KEY, customer integer REFERENCES customers, total integer, note varchar(20));
CREATE INDEX orders_note ON orders (note);
CREATE TABLE logs (id integer);
`,
  },
  {
    id: 'bbbbbbbbbbbb',
    message: 'totals are larger',
    up: `-- wider

UPDATE customers SET name = $$</code><script>alert(2)</script>$$ WHERE id > 10;
ALTER TABLE orders ALTER COLUMN total TYPE bigint;
CREATE INDEX orders_customer ON orders (customer);
`,
  },
  {
    id: 'cccccccccccc',
    parents: ['aaaaaaaaaaaa'],
    message: 'logs go away',
    up: `-- updown: allow drop-table: ${hostile}
-- updown: allow rename: not needed
DROP TABLE logs;
`,
  },
  { id: 'dddddddddddd', parents: ['bbbbbbbbbbbb', 'cccccccccccc'], message: 'join', up: 'SELECT 1;\n' },
  {
    id: 'eeeeeeeeeeee',
    message: hostile,
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY orders_total ON orders (total);\n',
  },
  {
    id: 'ffffffffffff',
    message: 'fails',
    up: `DO $do$ BEGIN RAISE NOTICE '%', $$${hostile}$$; END $do$;\nSELECT * FROM "no|where\`<b>](x)";\n`,
  },
  { id: '999999999999', message: 'never reached', up: 'SELECT 1;\n' },
];

/** A plan whose second statement reaches a table with five partitions. */
const partitioned: readonly TestRevision[] = [
  {
    id: 'aaaaaaaaaaaa',
    message: 'tables',
    up: `CREATE TABLE orders (id integer PRIMARY KEY, total integer, note text);
CREATE TABLE events (id bigint, kind text) PARTITION BY RANGE (id);
${[1, 2, 3, 4, 5].map((number) => `CREATE TABLE events_${number} PARTITION OF events FOR VALUES FROM (${number}) TO (${number + 1});\n`).join('')}`,
  },
  {
    id: 'bbbbbbbbbbbb',
    message: 'stricter',
    up: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;\nALTER TABLE events ALTER COLUMN kind SET NOT NULL;\nUPDATE orders SET note = id::text;\n',
  },
];

let reviewed: Promise<Review> | undefined;
let reviewedPartitions: Promise<Review> | undefined;

/** Of these revisions but the first, in process: measured once a test file. */
export function reviewAll(): Promise<Review> {
  reviewed ??= measure(revisions);
  return reviewed;
}

/** Of the plan over partitions, in process as well. */
export function reviewPartitions(): Promise<Review> {
  reviewedPartitions ??= measure(partitioned);
  return reviewedPartitions;
}

async function measure(all: readonly TestRevision[]): Promise<Review> {
  let result: Review | undefined;
  await withProject({}, async (cwd) => {
    await writeProject(cwd, all);
    result = await review({ cwd, env: {}, range: 'aaaaaaaaaaaa:head' });
  });
  return result!;
}

/** A review with one more finding, at its first statement. */
export function withFinding(review: Review, finding: Partial<Finding>): Review {
  const [step, ...steps] = review.steps;
  const [statement, ...statements] = step!.statements;
  const added: Finding = { rule: 'drop-table', severity: 'error', message: 'x', advice: 'SELECT 1;', ...finding };
  const first = { ...statement!, findings: [added] };
  return { ...review, steps: [{ ...step!, statements: [first, ...statements] }, ...steps] };
}
