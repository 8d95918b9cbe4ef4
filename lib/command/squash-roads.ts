import { type Holdings, readHoldings } from '../autogenerate/count.ts';
import type { Row } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { ownReading } from '../ledger/setting.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { type Dependencies, readDependencies } from '../schema/dependencies.ts';
import { diff } from '../schema/diff.ts';
import { mayDiffer } from '../schema/may-differ.ts';
import type { Schema } from '../schema/schema.ts';
import { wordChange } from '../schema/word.ts';
import { apply, type FileFailure, type Site } from '../verify/file.ts';
import { applyAll } from '../verify/stairway.ts';
import { plural } from '../words.ts';
import { readUser } from './snapshot.ts';

/** What one road has left on a throwaway database. */
export interface Walked {
  readonly before: { readonly schema: Schema };
  readonly after: {
    readonly schema: Schema;
    readonly dependencies: Dependencies;
    readonly user: string;
    readonly held: Holdings | undefined;
    /** Of each table that has rows, a digest of them. */
    readonly rows: ReadonlyMap<string, string>;
  };
  /** Behind the way back; undefined where there is none. */
  readonly back: Schema | undefined;
  /** Why the way back stops; undefined where it does not. */
  readonly stuck?: string | undefined;
  /** `PostgreSQL 18.3 (in-process)` */
  readonly scratch: string;
}

export interface Road {
  readonly history: readonly FileUnderTest[];
  readonly up: readonly FileUnderTest[];
  /** In the order in which they run. */
  readonly down: readonly FileUnderTest[] | undefined;
  /** Looks at what it has come to, in front of the way back. */
  readonly arrived?: (after: Walked['after']) => void;
  /** For people: why it stops. Undefined of a way back that is allowed to. */
  readonly fails: (file: FileUnderTest, failure: FileFailure) => UpdownError | undefined;
}

export async function walk(site: Site, { history, up, down, arrived, fails }: Road): Promise<Walked> {
  await applyAll(site, history);
  const before = { schema: await site.reader.read() };
  await applyEach(site, up, fails);
  const schema = await site.reader.read();
  const { session, label } = site.scratch;
  const held = await readHoldings(site, schema);
  const after = {
    schema,
    held,
    rows: await readRows(site, held),
    dependencies: await readDependencies(session),
    user: await readUser(session),
  };
  arrived?.(after);
  if (down === undefined) return { before, after, back: undefined, scratch: label };
  const stuck = await applyEach(site, down, fails);
  return { before, after, back: stuck === undefined ? await site.reader.read() : undefined, stuck, scratch: label };
}

async function readRows({ scratch: { session } }: Site, held: Holdings | undefined): Promise<Walked['after']['rows']> {
  const filled = [...(held?.counts ?? [])].flatMap(([table, { rows }]) => (rows > 0 ? [table] : []));
  if (filled.length === 0) return new Map();
  const questions = filled.map(
    (table, at) =>
      `SELECT ${at} AS at, pg_catalog.md5(pg_catalog.string_agg(ROW(r.*)::text, E'\\n' ORDER BY ROW(r.*)::text COLLATE "C")) AS digest FROM ONLY ${table} AS r`,
  );
  const sets = await session.send(`${ownReading}${questions.join('\nUNION ALL ')};\n`);
  const rows = (sets.at(-1) ?? []) as readonly Row[];
  return new Map(rows.map(({ at, digest }) => [filled[Number(at)] ?? '', digest ?? '']));
}

async function applyEach(
  site: Site,
  files: readonly FileUnderTest[],
  fails: Road['fails'],
): Promise<string | undefined> {
  for (const file of files) {
    const failure = await apply(site, file);
    const error = failure && fails(file, failure);
    if (error !== undefined) throw error;
    if (failure !== undefined)
      return `The down.sql of revision "${file.id}", which was part of this, fails: ${failure.message}`;
  }
  return undefined;
}

/** What the one revision makes otherwise than the several. */
export interface Comparison {
  /** A line each. */
  readonly differences: readonly string[];
  /** What may differ where nothing is wrong. */
  readonly slight: readonly string[];
  /** `3 rows of public.plans` */
  readonly rows: readonly string[];
}

export function compareArrivals(old: Walked['after'], made: Walked['after']): Comparison {
  const changes = diff(old.schema, made.schema);
  return {
    differences: changes.filter((change) => !mayDiffer(change)).map((change) => `up.sql: ${wordChange(change)}`),
    slight: [...changes.filter(mayDiffer).map(wordChange), ...compareContents(old, made)],
    rows: compareRows(old.held, made.held),
  };
}

/** How what the way back has left is not what it is to leave, a line each. */
export function compareReturns(expected: Schema | undefined, back: Schema | undefined): readonly string[] {
  if (expected === undefined || back === undefined) return [];
  const wrong = diff(expected, back).filter((change) => !mayDiffer(change));
  return wrong.map((change) => `down.sql: ${wordChange(change)}`);
}

function compareRows(old: Holdings | undefined, made: Holdings | undefined): readonly string[] {
  return [...(old?.counts ?? [])].flatMap(([table, { rows, values }]) => {
    const there = made?.counts.get(table);
    const lacking = rows - (there?.rows ?? 0);
    if (lacking !== 0) return [`${plural(Math.abs(lacking), lacking < 0 ? 'more row' : 'row')} of ${table}`];
    return [...values].flatMap(([column, count]) =>
      count === there?.values.get(column) ? [] : [`values of ${table}.${column}`],
    );
  });
}

/** As many rows with other values are those of a time or of chance: the statements are the same. */
function compareContents(old: Walked['after'], made: Walked['after']): readonly string[] {
  if (compareRows(old.held, made.held).length > 0) return [];
  return [...old.rows].flatMap(([table, digest]) =>
    made.rows.get(table) === digest ? [] : [`the rows of ${table} have other values each time they are made`],
  );
}

/** A way back that was none before is none afterwards. */
export const wordOldRoad: Road['fails'] = ({ op, id, inspected }, { message, place, code }) => {
  if (op === 'down') return undefined;
  return new UpdownError('sql', `up.sql of "${id}" fails on scratch: ${message}`, {
    hint: 'Nothing was changed. Correct that file; what its history needs and does not make goes into a file, which "scratch": { "setup": "<file>" } in updown.json names.',
    place: place ?? { file: inspected.source.file, line: 1, column: 1 },
    sqlstate: code === '' ? undefined : code,
    subject: id,
  });
};

export function wordNewRoad(hint: string): Road['fails'] {
  return ({ op }, { message, place }) =>
    new UpdownError('not-proven', `The one ${op}.sql that would be written fails on scratch: ${message}`, {
      hint: `Nothing was changed. ${hint}`,
      notes: place?.excerpt === undefined ? [] : [`${op}.sql:${place.line}: ${place.excerpt}`],
    });
}
