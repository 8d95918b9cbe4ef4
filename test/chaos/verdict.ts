import type { Rows } from './ask.ts';
import type { Attempt } from './fleet.ts';
import type { Work } from './work.ts';

/** What the database holds at the end. */
export interface Findings {
  readonly seen: Rows;
  readonly counted: number;
  readonly indexes: Rows;
  readonly journal: Rows;
  readonly applied: Rows;
  readonly unfinished: Rows;
  readonly inherits: Rows;
}

export const questions: Readonly<Record<keyof Findings, string>> = {
  seen: 'SELECT revision, count(*)::int AS count FROM seen GROUP BY revision ORDER BY revision',
  counted: 'SELECT n FROM counter',
  indexes: `SELECT c.relname AS name, n.nspname AS schema, i.indisvalid AND i.indisready AND i.indislive AS valid
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'updown') ORDER BY c.relname`,
  journal: `SELECT seq::int, revision, event, op, statement, digest, parents, (SELECT backend_pid FROM updown.worker w WHERE w.seq = journal.seq)
  FROM updown.journal ORDER BY seq`,
  applied: 'SELECT revision, event FROM updown.applied ORDER BY revision',
  unfinished: 'SELECT revision FROM updown.unfinished',
  inherits:
    "SELECT inhrelid::regclass::text AS part, inhdetachpending FROM pg_inherits WHERE inhparent = 'part'::regclass",
};

/** Everything that is not as it must be; empty where all is well. */
export function judge(findings: Findings, attempts: readonly Attempt[], work: Work): readonly string[] {
  return [
    ...judgeWork(findings, work),
    ...judgeIndexes(findings, work),
    ...judgeJournal(findings.journal, work),
    ...judgeState(findings, work),
    ...attempts.flatMap(judgeAttempt),
  ];
}

function judgeWork({ seen, counted }: Findings, work: Work): readonly string[] {
  const counts = new Map(seen.map(({ revision, count }) => [revision, Number(count)]));
  const wrong = work.revisions.filter(({ id }) => counts.get(id) !== 1);
  return [
    ...wrong.map(({ id }) => `revision ${id} ran ${counts.get(id) ?? 0} times`),
    ...(counted === work.counted ? [] : [`the counted updates came to ${counted}, not ${work.counted}`]),
  ];
}

function judgeIndexes({ indexes, inherits }: Findings, work: Work): readonly string[] {
  const invalid = indexes.filter(({ valid }) => valid !== true).map(({ schema, name }) => `${schema}.${name}`);
  const names = indexes.filter(({ schema }) => schema === 'public').map(({ name }) => String(name));
  const [extra, missing] = [without(names, work.indexes), without(work.indexes, names)];
  const leftovers = indexes.filter(({ name }) => /_cc(new|old)\d*$/.test(String(name)));
  const detaches = work.revisions.some(({ up }) => up?.includes('DETACH'));
  const parts = inherits.map(({ part }) => part).join(', ');
  return [
    ...(invalid.length === 0 ? [] : [`INVALID indexes: ${invalid.join(', ')}`]),
    ...(extra.length === 0 ? [] : [`indexes too many: ${extra.join(', ')}`]),
    ...(missing.length === 0 ? [] : [`indexes missing: ${missing.join(', ')}`]),
    ...leftovers.map(({ schema, name }) => `a leftover of REINDEX CONCURRENTLY: ${schema}.${name}`),
    ...(parts === (detaches ? 'part_1' : 'part_1, part_2') ? [] : [`partitions: ${parts}`]),
  ];
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  return names.filter((name) => !others.includes(name));
}

/** Of each revision one `up`, in order; of one outside a transaction starts that go on where the ledger stood, and each statement once. */
function judgeJournal(journal: Rows, { revisions, bare }: Work): readonly string[] {
  const ups = journal.filter(({ event }) => event === 'up').map(({ revision }) => revision);
  const expected = revisions.map(({ id }) => id);
  const others = journal.filter(({ event }) => !['header', 'up', 'start', 'progress', 'fail'].includes(String(event)));
  const headers = journal.filter(({ event }) => event === 'header').length;
  return [
    ...(String(ups) === String(expected) ? [] : [`the entries "up" are not one a revision, in order: ${ups}`]),
    ...others.map(({ event, revision }) => `the journal has an entry ${event} of ${revision}`),
    ...(headers === 1 ? [] : [`the journal has ${headers} headers`]),
    ...expected.flatMap((id) =>
      judgeEntries(
        id,
        journal.filter(({ revision, event }) => revision === id && event !== 'fail'),
        bare.get(id),
      ),
    ),
  ];
}

function judgeEntries(id: string, entries: Rows, statements: number | undefined): readonly string[] {
  if (statements === undefined) return entries.length === 1 ? [] : [`${id} has ${entries.length} entries, not one`];
  const faults: string[] = [];
  let done = 0;
  let owner: unknown;
  for (const [index, entry] of entries.entries()) {
    const { event, statement, backend_pid: pid } = entry;
    if (index === 0 && event !== 'start') faults.push(`${id} begins with ${event}`);
    if (event === 'start') {
      owner = pid;
      if (statement !== done) faults.push(`a start of ${id} stands at ${statement}, not ${done}`);
    } else if (event === 'progress' && pid !== owner)
      faults.push(`${event} ${statement} of ${id} is by pid ${pid}, its start by ${owner}`);
    if (event === 'progress' && statement !== ++done)
      faults.push(`progress of ${id}: ${statement} comes after ${done - 1}`);
    if (event === 'up' && (done !== statements || index !== entries.length - 1))
      faults.push(`${id} was recorded as done after ${done} of ${statements} statements`);
  }
  return faults;
}

function judgeState({ applied, unfinished }: Findings, { revisions }: Work): readonly string[] {
  const ids = revisions.map(({ id }) => id).sort();
  const stands = applied.filter(({ event }) => event === 'up').map(({ revision }) => String(revision));
  return [
    ...(String(stands) === String(ids) ? [] : [`applied are ${stands.length} of ${ids.length}`]),
    ...unfinished.map(({ revision }) => `${revision} is unfinished`),
  ];
}

/** 0 done, 1 where the connection was lost, 5 busy, 130 interrupted; or dead by our own hand. */
function judgeAttempt({ runner, status, signal, stderr }: Attempt): readonly string[] {
  const code = /^error \(([a-z-]+)\)/m.exec(stderr)?.[1];
  // SIGINT kills who has not begun to listen for it, or has said its last word.
  const killed = signal === 'SIGKILL' || (signal === 'SIGINT' && (stderr === '' || code !== undefined));
  const allowed = status === null ? killed : codes[status]?.includes(code) === true;
  const trace = /^ {4}at .*$|Uncaught|node:internal|\b(?:Type|Reference|Range)Error\b/m.exec(stderr)?.[0];
  const said = stderr.trimEnd().split('\n').slice(-12).join('\n');
  return [
    ...(allowed ? [] : [`runner ${runner} ended with ${signal ?? status}, ${code}:\n${said}`]),
    ...(trace === undefined ? [] : [`runner ${runner} printed "${trace}":\n${said}`]),
  ];
}

const codes: Readonly<Record<number, readonly (string | undefined)[]>> = {
  0: [undefined],
  1: ['connection'],
  5: ['busy'],
  130: ['interrupted', undefined],
};
