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

let reviewed: Promise<Review> | undefined;

/** Of these revisions but the first, in process: measured once a test file. */
export function reviewAll(): Promise<Review> {
  reviewed ??= measureAll();
  return reviewed;
}

async function measureAll(): Promise<Review> {
  let result: Review | undefined;
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
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
