import type { Schema } from '../../lib/schema/schema.ts';
import { snapshotOf, wordsOf } from '../schema/snapshot.ts';
import { type Database, dump, psql, withDatabase } from '../support/database.ts';
import type { Original } from './original.ts';
import { type Finding, firstDifferences } from './report.ts';
import { firstError } from './site.ts';

/** One moment of a database, by both judges. */
interface Moment {
  readonly schema: Schema;
  readonly dump: string;
}

/**
 * The files of a history one by one, up, and down in a copy: wherever `pg_dump -s` differs, the snapshot has to as well, and the other way.
 * It goes as far as the files go on this server.
 */
export async function checkSchema(originals: readonly Original[], database: Database): Promise<readonly Finding[]> {
  const disagreements: string[] = [];
  let compared = 0;
  let restored = 0;
  const compare = (what: string, before: Moment, after: Moment): boolean => {
    compared++;
    const words = wordsOf(before.schema, after.schema);
    const lines = firstDifferences(before.dump, after.dump);
    const differs = withoutBrackets(before.dump) !== withoutBrackets(after.dump);
    if (differs !== words.length > 0)
      disagreements.push(what, ...(differs ? lines : words.slice(0, 6)).map((line) => `  ${line}`));
    return differs;
  };
  let now = await momentOf(database.url);
  for (const [index, original] of originals.entries()) {
    const before = now;
    const outcome = await original.run(database.url, original.up);
    if (outcome.status !== 0) {
      const end = `${original.path} fails here: ${firstError(outcome)}`;
      return [...conclude({ compared, restored, disagreements, end, index }), await checkRestored(database, now)];
    }
    now = await momentOf(database.url);
    compare(`${original.path} (up)`, before, now);
    const back = await goDown(database, original);
    if (back !== undefined && !compare(`${original.path} (down, against before)`, before, back)) restored++;
  }
  const findings = conclude({ compared, restored, disagreements, end: undefined, index: originals.length });
  return [...findings, await checkRestored(database, now)];
}

/** What pg_dump wrote and psql has read is the same schema, but that no materialized view has rows. */
async function checkRestored({ admin }: Database, now: Moment): Promise<Finding> {
  let words: readonly string[] = [];
  await withDatabase(
    async ({ url }) => {
      const { stderr } = await psql(url, ['-q', '-f', '-'], { stdin: now.dump });
      const told = wordsOf(now.schema, await snapshotOf(url));
      words = [
        ...told.filter((line) => !line.endsWith('is not populated any more')),
        ...(told.length > 0 ? [stderr] : []),
      ];
    },
    { server: admin },
  );
  const text = 'the dump of the last moment, restored, is the same schema';
  return words.length === 0 || (words.length === 1 && words[0] === '')
    ? { mark: 'ok', about: 'schema', text }
    : { mark: 'bad', about: 'schema', text: `not so: ${text}`, details: words };
}

/** `((a AND b) AND c)` is `(a AND b AND c)` once it was printed and read again, which is no change. */
function withoutBrackets(text: string): string {
  return text.replace(/[()]/g, '');
}

async function momentOf(url: string): Promise<Moment> {
  const [schema, text] = await Promise.all([snapshotOf(url), dump(url)]);
  return { schema, dump: text };
}

/** In a copy: not every file goes up again behind its down. */
async function goDown({ url, name, admin }: Database, original: Original): Promise<Moment | undefined> {
  if (original.down === undefined) return undefined;
  const copy = `${name}_down`;
  await runSql(admin, `CREATE DATABASE ${copy} TEMPLATE ${name}`);
  try {
    const address = url.replace(name, copy);
    const { status } = await original.run(address, original.down);
    return status === 0 ? await momentOf(address) : undefined;
  } finally {
    await runSql(admin, `DROP DATABASE ${copy} WITH (FORCE)`);
  }
}

async function runSql(url: string, sql: string): Promise<void> {
  const { status, stderr } = await psql(url, ['-q', '-c', sql]);
  if (status !== 0) throw new Error(stderr);
}

interface Outcome {
  readonly compared: number;
  readonly restored: number;
  readonly disagreements: readonly string[];
  readonly end: string | undefined;
  readonly index: number;
}

function conclude({ compared, restored, disagreements, end, index }: Outcome): readonly Finding[] {
  const about = 'schema';
  const stop: readonly Finding[] =
    end === undefined ? [] : [{ mark: 'note', about, text: `as far as ${index}: ${end}` }];
  const text = `${compared} comparisons over ${index} files; ${restored} downs restore what was before by pg_dump -s`;
  if (disagreements.length === 0) return [...stop, { mark: 'ok', about, text: `${text}; the snapshot agrees on each` }];
  return [...stop, { mark: 'bad', about, text: `${text}; the snapshot does not agree on:`, details: disagreements }];
}
