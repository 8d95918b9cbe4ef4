/** Judges some forty edits of a schema of your own: `npm run measure:autogenerate-of -- <file.sql>`. */
import { readFileSync } from 'node:fs';
import { loadParser } from '../lib/sql/parser.ts';
import { editsOf } from '../test/autogenerate/edits-of.ts';
import { judge, type Verdict } from '../test/autogenerate/judge.ts';
import { snapshotOf, withRoles } from '../test/schema/snapshot.ts';
import { psql, withDatabase } from '../test/support/database.ts';
import { serverUrl } from '../test/support/server.ts';

const [file = '', only = ''] = process.argv.slice(2);
await loadParser();
const server = await serverUrl();
const counts = new Map<Verdict, number>();
await withRoles(server, ['lab_reader'], () =>
  withDatabase(async ({ url, name }) => {
    await psql(url, ['-q', '-f', file]);
    const schema = await snapshotOf(url);
    console.log(`${schema.tables.length} tables, ${readFileSync(file, 'utf8').length} characters`);
    for (const edit of editsOf(schema).filter(({ title }) => title.includes(only))) {
      const { verdict, told, milliseconds } = await judge({ server, template: name, user: 'postgres' }, edit);
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      if (verdict !== 'exact' || only !== '')
        console.log(
          [`${verdict}  ${edit.title}  ${Math.round(milliseconds)} ms`, ...told.map((line) => `    ${line}`)].join(
            '\n',
          ),
        );
    }
  }),
);
console.log(Object.fromEntries(counts));
process.exit();
