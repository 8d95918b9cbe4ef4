/** Judges every edit of test/fixtures/schema/edits.sql: `npm run measure:autogenerate -- [filter]`. */
import { loadParser } from '../lib/sql/parser.ts';
import { type Judged, judge, type Verdict } from '../test/autogenerate/judge.ts';
import { base, edits } from '../test/schema/edits.ts';
import { withRoles, withSession } from '../test/schema/snapshot.ts';
import { withDatabase } from '../test/support/database.ts';
import { serverUrl } from '../test/support/server.ts';

const filter = process.argv[2] ?? '';
await loadParser();
const server = await serverUrl();
const counts = new Map<Verdict, number>();
await withRoles(server, ['lab_owner', 'lab_reader'], () =>
  withDatabase(async ({ url, name }) => {
    await withSession(url, (session) => session.send(base));
    for (const edit of edits.filter(({ title }) => title.includes(filter))) {
      const { verdict, told, milliseconds }: Judged = await judge({ server, template: name, user: 'postgres' }, edit);
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      if (verdict !== 'exact' || filter !== '')
        console.log(
          `${verdict}  ${edit.title}  ${Math.round(milliseconds)} ms\n${told.map((line) => `    ${line}\n`).join('')}`,
        );
    }
  }),
);
console.log(Object.fromEntries(counts));
process.exit();
