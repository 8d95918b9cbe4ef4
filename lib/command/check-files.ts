import { isUpdownError, type UpdownError } from '../errors.ts';
import type { Direction } from '../graph/revision.ts';
import { faultOf, type Project } from '../project/load.ts';
import { findBrokenSeals, wordBrokenSeal } from '../project/seal.ts';
import type { Emit } from '../run/event.ts';
import { pinSettings } from '../script/settings.ts';
import { didYouMean } from '../suggest.ts';
import { type CheckFinding, findingOf } from './finding.ts';
import { makeSteps } from './steps.ts';

/** Every file as an upgrade or a downgrade would take it: what they would refuse is found, file by file. `without`: whose folders are at fault already. */
export async function checkFiles(project: Project, without: ReadonlySet<string>): Promise<readonly CheckFinding[]> {
  const findings: CheckFinding[] = [...checkSetup(project)];
  for (const id of project.graph.order) {
    if (without.has(id)) continue;
    for (const direction of ['up', 'down'] as const) findings.push(...(await checkFile(project, id, direction)));
    findings.push(...checkSeal(project, id));
  }
  return findings;
}

function checkSetup({ readSetup }: Project): readonly CheckFinding[] {
  const fault = faultOf(readSetup);
  return fault === undefined ? [] : [findingOf(fault)];
}

/** Compiled as for a plan of this step alone. */
async function checkFile(project: Project, id: string, op: Direction): Promise<readonly CheckFinding[]> {
  const { config, manifest } = project;
  const ledger = { schema: config.ledger.schema, project: manifest.project };
  const found: CheckFinding[] = [];
  const emit: Emit = (event) => {
    if (event.kind === 'warning') found.push(wordEmpty(project, id, op));
  };
  try {
    const plan = { steps: [{ op, id }], from: [], to: [] };
    await makeSteps(project, plan, { ledger, pins: pinSettings(config), transactions: 'each', emit });
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    return [wordFault(project, id, op, error)];
  }
  return [...found, ...(await checkAllowed(project, id, op))];
}

function wordFault({ read }: Project, id: string, op: Direction, error: UpdownError): CheckFinding {
  const finding = findingOf(error, { revision: id });
  if (error.code !== 'irreversible') return finding;
  // That there is no way back is no fault where the file says so. Where it says nothing, that may have been forgotten.
  return read(id, op).directives.irreversible ? { ...finding, severity: 'note' } : { ...finding, code: 'empty-down' };
}

function wordEmpty({ read }: Project, id: string, op: Direction): CheckFinding {
  return {
    code: 'no-statement',
    severity: 'note',
    message: `Revision "${id}" has no statement in its ${op}.sql`,
    revision: id,
    place: { file: read(id, op).file, line: 1, column: 1 },
    hint: 'Nothing needs to be done if a comment in it says why.',
  };
}

/** An older version may have had a rule that this one has no more, so that it is no fault. */
async function checkAllowed({ read }: Project, id: string, op: Direction): Promise<readonly CheckFinding[]> {
  const { file, directives } = read(id, op);
  if (directives.allow.length === 0) return [];
  const { rules } = await import('../review/rules/all.ts');
  const known = rules.map((rule) => rule.id);
  return directives.allow
    .filter(({ rule }) => !known.includes(rule))
    .map(({ rule }) => ({
      code: 'allow-unknown',
      severity: 'note',
      message: `Revision "${id}" allows "${rule}", which is no rule`,
      revision: id,
      place: { file, line: 1, column: 1 },
      hint: didYouMean(rule, known) ?? 'See all rules: updown rules',
    }));
}

/** What can't be read has its finding already. */
function checkSeal(project: Project, id: string): readonly CheckFinding[] {
  let broken: readonly CheckFinding[] = [];
  faultOf(() => {
    broken = findBrokenSeals(project, [id]).map((seal) => findingOf(wordBrokenSeal(seal)));
  });
  return broken;
}
