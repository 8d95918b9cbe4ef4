import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { showEvents } from '../../lib/cli/event-lines.ts';
import { logEvents } from '../../lib/cli/event-log.ts';
import { KnownFacts } from '../../lib/cli/log-facts.ts';
import { viewOf } from '../../lib/cli/view.ts';
import { type Event, upgrade } from '../../lib/index.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';

/** A hundred pages of rows, and a function that takes its time with each of them. */
const slow = `CREATE FUNCTION slow(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE
  AS $$ BEGIN PERFORM pg_sleep(0.005); RETURN n; END $$;
CREATE TABLE t (n integer, pad text);
ALTER TABLE t ALTER COLUMN pad SET STORAGE PLAIN;
INSERT INTO t SELECT g, repeat('x', 1500) FROM generate_series(1, 500) AS g;
`;

interface Told {
  readonly terminal: string;
  readonly log: readonly Record<string, unknown>[];
  readonly events: readonly Event[];
}

/** Runs this behind the rows, and what a terminal and a log have of it. */
async function tell(up: string): Promise<Told> {
  const [drawn, lines]: [string[], string[]] = [[], []];
  const events: Event[] = [];
  const stream = { isTTY: true, columns: 120, write: (piece: string) => drawn.push(piece) };
  const terminal = showEvents(stream, viewOf(stream, {}, true), false);
  const log = logEvents(
    { write: (line) => lines.push(line) },
    new KnownFacts({ run: 'one', command: 'upgrade' }),
    false,
  );
  await withProject({}, async (cwd) => {
    await writeProject(cwd, [
      { id: 'a1', up: slow },
      { id: 'b1', up },
    ]);
    await withDatabase(async ({ url }) => {
      const emit = (event: Event): void => {
        events.push(event);
        terminal.emit(event);
        log.emit(event);
      };
      await upgrade({ cwd, url, env: {}, emit });
      terminal.end();
    });
  });
  return { terminal: drawn.join(''), log: lines.map((line) => JSON.parse(line)), events };
}

for (const [what, up] of Object.entries({
  'in a transaction': 'CREATE INDEX t_n ON t (slow(n));\n',
  'outside one': '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY t_n ON t (slow(n));\n',
})) {
  test(`how far an index build is ${what}: on a terminal all along, in a log for each phase`, async () => {
    const { terminal, log, events } = await tell(up);
    const percents = events.flatMap((event) =>
      event.kind === 'building' && event.phase === 'building index: scanning table' ? [event.percent ?? -1] : [],
    );
    assert.ok(percents.length > 1, String(percents));
    assert.ok(percents.every((percent, index) => percent >= (percents[index - 1] ?? 0) && percent <= 100));
    assert.match(terminal, /▸ .*building index: scanning table, \d+ %/);
    const told = log.filter(({ event, phase }) => event === 'building' && phase === 'building index: scanning table');
    assert.is(told.length, 1);
    const { revision, operation, percent } = told[0] ?? {};
    assert.equal([revision, operation], ['b1', what === 'outside one' ? 'CREATE INDEX CONCURRENTLY' : 'CREATE INDEX']);
    assert.type(percent, 'number');
  });
}

test('how far a COPY is: the rows that it has', async () => {
  const { terminal, log } = await tell("COPY (SELECT slow(n) FROM t) TO '/dev/null';\n");
  assert.match(terminal, /▸ .*COPY TO: \d+ rows/);
  const told = log.find(({ event }) => event === 'working');
  assert.equal([told?.revision, told?.operation, told?.phase], ['b1', 'COPY TO', undefined]);
  assert.type(told?.rows, 'number');
});

test.run();
