import { runOriginals, tryFile } from './plain.ts';
import { expectSame, type Finding } from './report.ts';
import { ask, emitAndRun, type Fault, findRevision, readLedger, type Site, wordFault } from './site.ts';
import { lastLine } from './upgrade.ts';

export interface Downgraded {
  readonly findings: readonly Finding[];
  /** How many revisions still stand. */
  readonly left: number;
}

/** Down as far as the history's own downs allow: by the tool, by the emitted script, by the original files. */
export async function checkDowngrade(site: Site, applied: number): Promise<Downgraded> {
  const { findings: found, target, status, fault } = await descend(site, applied);
  const left = await countApplied(site);
  const findings = [...found];
  if (status === 1) findings.push(await checkFailure(site, left));
  findings.push(...(await runOriginals(site, 'down', applied, left)));
  findings.push(
    expectSame(
      'run',
      'schema after updown and after the original files',
      await site.run.dump(),
      await site.plain.dump(),
    ),
  );
  if (left > 0) findings.push(await tryFile(site, left - 1, 'down', fault));
  if (target !== undefined) findings.push(...(await checkScript(site, applied, target, status)));
  findings.push(await describeRest(site, left));
  return { findings, left };
}

interface Descent {
  readonly findings: readonly Finding[];
  readonly status: number | null;
  /** The target that was at last not refused, if there is anything above it. */
  readonly target: string | undefined;
  readonly fault: Fault | undefined;
}

/** A file that is refused stops the whole plan: then everything above it is asked for. */
async function descend(site: Site, applied: number): Promise<Descent> {
  const findings: Finding[] = [];
  let refusal: Fault | undefined;
  for (let target = 'base'; ; ) {
    const args = ['downgrade', target, '--yes', '--url', site.run.url];
    const { status, value, seconds } = await ask<{ steps?: readonly unknown[] }>(site.project, args);
    const fault = value.error;
    if (fault === undefined) {
      const done = value.steps?.length ?? 0;
      findings.push({ mark: 'ok', about: 'downgrade', text: `${done} of ${applied} reverted in ${seconds}` });
      return { findings, status, target, fault: refusal };
    }
    const at = findRevision(site, fault);
    findings.push({
      mark: 'note',
      about: 'downgrade',
      text: `exit ${status}`,
      details: [wordFault(fault)],
    });
    if (status !== 2 || at < 0) return { findings, status, target, fault };
    refusal = fault;
    if (at === applied - 1) return { findings, status, target: undefined, fault };
    target = site.revisions[at]!.id;
  }
}

/** After a failure the ledger must say exactly what stands: a beginning of the history, and a `fail` entry for what comes next. */
async function checkFailure(site: Site, left: number): Promise<Finding> {
  const rows = await site.run.query('SELECT revision FROM updown.applied');
  const applied = new Set(rows.map(({ revision }) => revision));
  const stands = site.revisions.slice(0, left).every(({ id }) => applied.has(id));
  const [last] = await site.run.query(
    'SELECT revision, event, op, error FROM updown.journal ORDER BY seq DESC LIMIT 1',
  );
  const failed = last?.event === 'fail' && last.op === 'down' && last.revision === site.revisions[left - 1]?.id;
  const text = `ledger: ${applied.size} stand, last entry ${last?.event} ${last?.op} ${last?.revision}`;
  return {
    mark: stands && failed && applied.size === left ? 'ok' : 'bad',
    about: 'failure',
    text,
    details: [String(last?.error)],
  };
}

async function checkScript(
  site: Site,
  applied: number,
  target: string,
  status: number | null,
): Promise<readonly Finding[]> {
  const start = site.revisions[applied - 1]!.id;
  const {
    status: ended,
    stdout,
    stderr,
  } = await emitAndRun(site, ['downgrade', `${start}:${target}`], 'downgrade.sql');
  const expected = status === 0 ? 0 : 3;
  return [
    ended === expected
      ? { mark: 'ok', about: 'script', text: `psql ends with ${ended}: ${lastLine(stdout)}` }
      : { mark: 'bad', about: 'script', text: `psql ends with ${ended}, not ${expected}`, details: [stderr] },
    expectSame('script', 'schema after the run and after the script', await site.run.dump(), await site.script.dump()),
    expectSame('script', 'ledgers', await readLedger(site.run), await readLedger(site.script)),
  ];
}

async function countApplied({ project, run }: Site): Promise<number> {
  const { value } = await ask<{ applied: number }>(project, ['current', '--url', run.url]);
  return value.applied;
}

async function describeRest(site: Site, left: number): Promise<Finding> {
  const made = (await site.run.dump()).split('\n').filter((line) => /^(CREATE|ALTER TABLE ONLY) /.test(line));
  const text = `${left} revisions stand, and ${made.length} objects`;
  const leftovers = left === 0 ? made.slice(0, 5).map((line) => `the downs leave: ${line}`) : [];
  return { mark: 'note', about: 'rest', text, details: leftovers };
}
