import * as assert from 'uvu/assert';
import { lockModes } from '../../lib/review/effects.ts';
import { judge } from '../../lib/review/judge.ts';
import type { MeasuredStatement } from '../../lib/review/measured.ts';
import { type Finding, findingsOf } from '../../lib/review/review.ts';
import type { Scratch } from '../../lib/review/scratch.ts';
import { inspect } from '../../lib/sql/gate.ts';
import { readSql } from '../../lib/sql/read.ts';
import { measureAside, measureFile } from './bench.ts';

const bare = '-- updown: no-transaction\n';

/** A safe way as its words cut it: a comment begins a revision, but for one in parentheses. */
export interface Revision {
  readonly heading: string;
  readonly kind: 'transaction' | 'bare' | 'batches';
  readonly sql: string;
}

/** The only words that may stand above SQL: with others nobody could tell how it is to be run. */
const headings: readonly (readonly [RegExp, Revision['kind']])[] = [
  [/^$/, 'transaction'],
  [/^in a revision of its own, with "-- updown: no-transaction" at the head:$/, 'bare'],
  [/\bin batches\b.*:$/, 'batches'],
  [/:$/, 'transaction'],
];

export function readRevisions(advice: string): readonly Revision[] {
  const found: { heading: string[]; sql: string[] }[] = [{ heading: [], sql: [] }];
  for (const line of advice.split('\n')) {
    const comment = /^-- (?!\()(.*)$/.exec(line)?.[1];
    if (comment === undefined) {
      if (!line.startsWith('-- (')) found.at(-1)!.sql.push(line);
    } else if (found.at(-1)!.sql.length === 0) found.at(-1)!.heading.push(comment);
    else found.push({ heading: [comment], sql: [] });
  }
  return found
    .filter(({ sql }) => sql.length > 0)
    .map(({ heading: lines, sql }) => {
      const heading = lines.join(' ');
      const kind = headings.find(([words]) => words.test(heading))?.[1];
      assert.ok(kind !== undefined, `nobody can tell how this is to be run: ${heading}\n${advice}`);
      return { heading, kind, sql: sql.join('\n') };
    });
}

export function judged(statements: readonly MeasuredStatement[], transactional = true): readonly Finding[] {
  const step = {
    op: 'up' as const,
    id: 'x',
    name: 'x',
    file: 'x',
    transactional,
    lockTimeout: '5s',
    allow: [],
    statements,
  };
  return findingsOf(judge({ scratch: '', steps: [step] }, undefined));
}

/** Runs it revision by revision, and tells what a review finds in each. */
export async function follow(scratch: Scratch, advice: string, itself?: true): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const revision of readRevisions(advice)) {
    const { kind, heading } = revision;
    const sql = kind === 'batches' ? revision.sql.replaceAll('LIMIT 10000', 'LIMIT 20') : revision.sql;
    const measured = await measureFile(scratch, `${kind === 'bare' ? bare : ''}${sql}\n`);
    for (const one of measured) {
      assert.equal(one.error, undefined, `${one.text}\n\nof:\n${advice}`);
      if (!itself) await assertLocks(scratch, one, heading, advice);
    }
    found.push(...judged(measured, kind !== 'bare'));
    // Fifty rows in each table.
    for (let round = 0; kind === 'batches' && round < 8; round += 1) {
      const { statements } = inspect(readSql(sql, 'batch'), { direction: 'up' });
      await scratch.session.send(`BEGIN;\n${statements.map(({ text }) => `${text};\n`).join('')}COMMIT;\n`);
    }
  }
  return found;
}

/** A heading that names a lock names the strongest there is on that relation; and no work is done where others wait for it. */
async function assertLocks(
  { session }: Scratch,
  statement: MeasuredStatement,
  heading: string,
  advice: string,
): Promise<void> {
  const { text, locks, scans, rewrites, builds, rows } = statement;
  const rank = (mode: string) => lockModes.indexOf(mode as (typeof lockModes)[number]);
  const named = [
    ...heading.matchAll(/((?:ACCESS |ROW |SHARE )*(?:UPDATE |ROW )*(?:EXCLUSIVE|SHARE)) on ([^\s;,:()]+)/g),
  ];
  for (const [, mode = '', relation = ''] of named) {
    const lock = locks.find((one) => one.relation === relation);
    assert.ok(
      lock === undefined || rank(lock.mode) <= rank(mode),
      `${text}\ntakes ${lock?.mode} on ${relation}, of:\n${advice}`,
    );
  }
  const worked = new Set([...scans, ...rewrites, ...builds.flatMap((one) => (one.concurrently ? [] : [one.table]))]);
  const isSaid = (relation: string) => named.some(([, , name]) => name === relation);
  for (const { relation, mode, kind } of locks) {
    const isClosed = kind !== 'index' && kind !== 'sequence' && rank(mode) >= rank('SHARE');
    const isWritten = rows.some((one) => one.relation === relation);
    if (!isClosed || !worked.has(relation) || isWritten || isSaid(relation)) continue;
    const [[row] = []] = await session.send(`SELECT count(*)::text AS n FROM ${relation}`);
    assert.is(row?.n, '0', `${text}\nworks on ${relation} under ${mode}, of:\n${advice}`);
  }
}

const comment = (oid: string, catalog: string, number = '0') =>
  `coalesce(' -- ' || (SELECT description FROM pg_description d WHERE d.objoid = ${oid} AND d.classoid = '${catalog}'::regclass AND d.objsubid = ${number}), '')`;
const grants = (acl: string) =>
  `coalesce((SELECT ' to ' || string_agg(concat_ws(' ', NULLIF(g.grantee, 0)::regrole, g.privilege_type, g.is_grantable), ', ' ORDER BY 1) FROM (SELECT * FROM aclexplode(${acl}) ORDER BY 2, 3) AS g), '')`;

/** A line for each thing there is in the schema, with what whoever makes it anew forgets. */
const look = `SELECT line FROM (
  SELECT 'column ' || a.attrelid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    || a.attidentity::text || a.attgenerated::text || ' ' || coalesce((SELECT collname FROM pg_collation o WHERE o.oid = a.attcollation), '')
    || ' ' || a.attstorage::text || ' ' || coalesce(NULLIF(a.attstattarget, -1)::text, '') || coalesce((SELECT string_agg(o, ',') FROM unnest(a.attoptions) AS o WHERE o !~ '^pg_'), '')
    || ' ' || a.attislocal || a.attinhcount || ${grants('a.attacl')} || ${comment('a.attrelid', 'pg_class', 'a.attnum')}
   FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT 'constraint ' || conname || ' on ' || conrelid::regclass || contypid::regtype || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated || ' ' || conparentid::regclass::text || (conparentid <> 0) || conislocal || coninhcount || ${comment('oid', 'pg_constraint')}
   FROM pg_constraint WHERE connamespace = 'app'::regnamespace AND conparentid = 0
  UNION ALL SELECT 'constraint ' || conname || ' on ' || conrelid::regclass || ' is a part' FROM pg_constraint WHERE connamespace = 'app'::regnamespace AND conparentid <> 0 AND contype <> 'f'
  UNION ALL SELECT 'index ' || pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid || i.indimmediate || i.indisclustered || i.indisreplident || ' ' || coalesce((SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = i.indexrelid), '') || ${comment('i.indexrelid', 'pg_class')}
   FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'app'::regnamespace
  UNION ALL SELECT 'statistics ' || pg_get_statisticsobjdef(oid) || ${comment('oid', 'pg_statistic_ext')} FROM pg_statistic_ext
  UNION ALL SELECT 'table ' || c.oid::regclass || c.relpersistence::text || c.relowner::regrole || c.relreplident::text || c.relrowsecurity || c.relforcerowsecurity || coalesce(c.reloptions::text, '') || coalesce(pg_get_expr(c.relpartbound, c.oid), '') || coalesce(pg_get_partkeydef(c.oid), '')
    || CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) ELSE '' END || ${grants('c.relacl')} || ${comment('c.oid', 'pg_class')} FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relnamespace = 'app'::regnamespace
  UNION ALL SELECT 'sequence ' || s.seqrelid::regclass || ' ' || s.seqtypid::regtype || ' ' || s.seqstart || ' ' || s.seqincrement || ' ' || s.seqmin || ' ' || s.seqmax || ' ' || s.seqcache || ' ' || s.seqcycle || ' ' || coalesce(pg_sequence_last_value(s.seqrelid), 0) || ' ' || coalesce((SELECT d.deptype::text || d.refobjid::regclass || a.attname FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.objid = s.seqrelid AND d.deptype IN ('a', 'i')), '')
    || ${grants('c.relacl')} || ${comment('s.seqrelid', 'pg_class')}
   FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relnamespace = 'app'::regnamespace
  UNION ALL SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass || ' ' || tgenabled::text || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'policy ' || polname || ' on ' || polrelid::regclass || coalesce(pg_get_expr(polqual, polrelid), '') FROM pg_policy
  UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'app'::regnamespace
  UNION ALL SELECT 'value ' || enumlabel || ' ' || row_number() OVER (ORDER BY enumsortorder) FROM pg_enum
) AS all_of_it (line) ORDER BY line`;

/** Schema and rows, as lines in order. */
export async function lookAt({ session }: Scratch, differs: readonly string[]): Promise<readonly string[]> {
  const [tables = []] = await session.send(
    "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1",
  );
  const content = tables
    .map(
      ({ name }) =>
        `SELECT 'rows of ${name!.replaceAll("'", "''")} ' || to_jsonb(t)::text AS line FROM ONLY_OR_ALL ${name} AS t`,
    )
    .map((query) => query.replace('ONLY_OR_ALL ', ''))
    .join(' UNION ALL ');
  const sets = await session.send(
    `SET search_path = ''; SET datestyle = 'ISO'; ${look}; ${content} ORDER BY 1; RESET search_path`,
  );
  return sets.flat().flatMap(({ line }) => (differs.some((start) => line!.startsWith(start)) ? [] : [line!]));
}

export interface Followed {
  readonly rule: string;
  /** What stands before it in its file. */
  readonly first?: string;
  /** The advice is about that, too. */
  readonly covers?: true;
  readonly sql: string;
  /** The advice is the statement itself, later or alone: it is found again. */
  readonly itself?: true;
  /** What the rule is about remains. */
  readonly again?: true;
  readonly differs?: readonly string[];
}

/** The finding's advice, obeyed word by word, leaves what the statement leaves: schema and rows. */
export async function check(
  scratch: Scratch,
  fixture: string,
  { rule, first, covers, sql, itself, again: remains, differs = [] }: Followed,
  forbidden: ReadonlySet<string>,
): Promise<void> {
  await scratch.session.send(
    `SET client_min_messages = warning; DROP SCHEMA IF EXISTS app CASCADE; ${fixture} RESET client_min_messages`,
  );
  const before = first === undefined ? '' : `${first};\n`;
  const found = judged(await measureAside(scratch, `${before}${sql};`)).filter((finding) => finding.rule === rule);
  assert.ok(found.length > 0, `${sql}: ${rule} is not found`);
  const advice = [...new Set(found.map((finding) => finding.advice))].join('\n');
  assert.not.match(advice, '…', sql);
  const [start, end] = /^VACUUM|CONCURRENTLY/.test(sql) ? ['', ''] : ['BEGIN; ', 'ROLLBACK'];
  await scratch.session.send(`${start}${before}${sql}`);
  const expected = await lookAt(scratch, differs);
  await scratch.session.send(end);
  if (first !== undefined && !covers) await measureFile(scratch, before);
  const again = await follow(scratch, advice, itself);
  const left = await lookAt(scratch, differs);
  const differing = [
    ...left.filter((line) => !expected.includes(line)).map((line) => `+ ${line}`),
    ...expected.filter((line) => !left.includes(line)).map((line) => `- ${line}`),
  ];
  assert.is(differing.join('\n'), '', advice);
  assert.is(left.length, expected.length);
  const same = again.filter((one) => !itself && ((one.rule === rule && !remains) || forbidden.has(one.rule)));
  assert.equal(
    same.map((one) => `${one.rule}: ${one.message}`),
    [],
    `what is found in the safe way:\n${advice}`,
  );
}
