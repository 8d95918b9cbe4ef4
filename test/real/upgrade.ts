import { runOriginals, tryFile } from './plain.ts';
import { expectSame, type Finding } from './report.ts';
import { ask, emitAndRun, type Fault, findRevision, readLedger, runScript, type Site, wordFault } from './site.ts';

export interface Upgraded {
  readonly findings: readonly Finding[];
  /** How many revisions stand, from the first on. */
  readonly applied: number;
}

/** The first `top` revisions, as far as it goes: by the tool, by the script, by the original files; all three must leave the same. */
export async function checkUpgrade(site: Site, top: number): Promise<Upgraded> {
  const { status, target, fault, findings: found } = await climb(site, top);
  const { value } = await ask<{ applied: number }>(site.project, ['current', '--url', site.run.url]);
  const { applied } = value;
  const findings = [...found, ...(await runOriginals(site, 'up', applied))];
  findings.push(
    expectSame(
      'run',
      'schema after updown and after the original files',
      await site.run.dump(),
      await site.plain.dump(),
    ),
  );
  if (applied < top) findings.push(await tryFile(site, applied, 'up', fault));
  if (target !== undefined) findings.push(...(await checkScript(site, target, status)));
  return { findings, applied };
}

interface Climb {
  readonly findings: readonly Finding[];
  readonly status: number | null;
  /** The target that was at last not refused. */
  readonly target: string | undefined;
  readonly fault: Fault | undefined;
}

/** A file that is refused stops the whole plan before anything is sent: then it is asked for everything below that file. */
async function climb(site: Site, top: number): Promise<Climb> {
  const findings: Finding[] = [];
  let refusal: Fault | undefined;
  for (let target = top === site.revisions.length ? 'head' : site.revisions[top - 1]!.id; ; ) {
    const { status, value, seconds } = await ask<{ steps?: readonly unknown[] }>(site.project, [
      'upgrade',
      target,
      '--url',
      site.run.url,
    ]);
    const fault = value.error;
    if (fault === undefined) {
      const done = value.steps?.length ?? 0;
      findings.push({
        mark: 'ok',
        about: 'upgrade',
        text: `${done} of ${top} applied in ${seconds}`,
      });
      return { findings, status, target, fault: refusal };
    }
    const at = findRevision(site, fault);
    findings.push({
      mark: 'note',
      about: 'upgrade',
      text: `exit ${status}`,
      details: [wordFault(fault)],
    });
    if (status !== 2 || at < 0) return { findings, status, target, fault };
    refusal = fault;
    if (at === 0) return { findings, status, target: undefined, fault };
    target = site.revisions[at - 1]!.id;
  }
}

async function checkScript(site: Site, target: string, status: number | null): Promise<readonly Finding[]> {
  const first = await emitAndRun(site, ['upgrade', target], 'upgrade.sql');
  const expected = status === 0 ? 0 : 3;
  const findings: Finding[] = [
    first.status === expected
      ? { mark: 'ok', about: 'script', text: `psql ends with ${first.status}: ${lastLine(first.stdout)}` }
      : {
          mark: 'bad',
          about: 'script',
          text: `psql ends with ${first.status}, not ${expected}`,
          details: [first.stderr],
        },
    expectSame('script', 'schema after the run and after the script', await site.run.dump(), await site.script.dump()),
    expectSame('script', 'ledgers', await readLedger(site.run), await readLedger(site.script)),
  ];
  return status === 0 ? [...findings, ...(await checkAgain(site, first.file))] : findings;
}

async function checkAgain(site: Site, file: string): Promise<readonly Finding[]> {
  const [schema, ledger] = [await site.script.dump(), await readLedger(site.script)];
  const again = await runScript(site, file);
  const told = lastLine(again.stdout);
  const silent = again.status === 0 && /nothing to do/.test(told);
  return [
    { mark: silent ? 'ok' : 'bad', about: 'again', text: `psql ends with ${again.status}: ${told}` },
    expectSame('again', 'schema before and after', schema, await site.script.dump()),
    expectSame('again', 'ledger before and after', ledger, await readLedger(site.script)),
  ];
}

export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
