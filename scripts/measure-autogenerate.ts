/** Judges every edit of test/fixtures/schema/edits.sql, and writes the table of docs/autogenerate.md: `npm run measure:autogenerate`. With a part of titles it prints these alone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadParser } from '../lib/sql/parser.ts';
import { type Judged, judge, type Verdict, verdicts } from '../test/autogenerate/judge.ts';
import { base, type Edit, edits } from '../test/schema/edits.ts';
import { withRoles, withSession } from '../test/schema/snapshot.ts';
import { withDatabase } from '../test/support/database.ts';
import { serverUrl } from '../test/support/server.ts';

interface Found {
  readonly edit: Edit;
  readonly judged: Judged;
}

const filter = process.argv[2];
await loadParser();
const server = await serverUrl();
const found: Found[] = [];
let version = '';
await withRoles(server, ['lab_owner', 'lab_reader'], () =>
  withDatabase(async ({ url, name }) => {
    await withSession(url, async (session) => {
      await session.send(base);
      version = session.parameters.get('server_version')?.split(' ')[0] ?? '';
    });
    for (const edit of edits.filter(({ title }) => title.includes(filter ?? ''))) {
      const judged = await judge({ server, template: name, user: 'postgres' }, edit);
      found.push({ edit, judged });
      const { verdict, told, milliseconds } = judged;
      if (verdict !== 'exact' || filter !== undefined)
        console.log(
          [`${verdict}  ${edit.title}  ${Math.round(milliseconds)} ms`, ...told.map((line) => `    ${line}`)].join(
            '\n',
          ),
        );
    }
  }),
);
console.log(printTable(found));
if (filter === undefined) writePage(found);
process.exit();

function printTable(all: readonly Found[]): string {
  const kinds = [...new Set(all.map(({ edit }) => kindOf(edit)))].sort();
  const rows = [...kinds, 'all'].map((kind) => {
    const own = all.filter(({ edit }) => kind === 'all' || kindOf(edit) === kind);
    const counts = verdicts.map((verdict) => own.filter(({ judged }) => judged.verdict === verdict).length);
    return `| ${[kind, own.length, ...counts].join(' | ')} |`;
  });
  return [`| kind | edits | ${verdicts.join(' | ')} |`, `|${'---|'.repeat(verdicts.length + 2)}`, ...rows].join('\n');
}

function kindOf({ title }: Edit): string {
  return title.split(':')[0] ?? '';
}

function writePage(all: readonly Found[]): void {
  const page = new URL('../docs/autogenerate.md', import.meta.url);
  const list = (verdict: Verdict) =>
    all.flatMap(({ edit, judged }) => (judged.verdict === verdict ? [`- ${edit.title}`] : [])).join('\n');
  const text = `On PostgreSQL ${version}:\n\n${printTable(all)}\n\nNamed, as a part of it can't be written in one of the two ways:\n\n${list('named')}`;
  const [before, , after] = readFileSync(page, 'utf8').split(/<!-- (?:measured|end of measured) -->/);
  writeFileSync(page, `${before}<!-- measured -->\n\n${text}\n\n<!-- end of measured -->${after}`);
}
