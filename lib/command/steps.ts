import { UpdownError } from '../errors.ts';
import { needsOf, usersOf } from '../graph/walk.ts';
import type { LedgerName } from '../ledger/name.ts';
import type { Material } from '../plan/material.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../project/load.ts';
import { isUntouched } from '../project/template.ts';
import type { Emit } from '../run/event.ts';
import type { Transactions } from '../script/block.ts';
import type { ScriptStep } from '../script/script.ts';
import type { Pins } from '../script/settings.ts';
import { compileSteps } from '../script/steps.ts';
import { inspect } from '../sql/gate.ts';
import { loadParser } from '../sql/parser.ts';
import type { Inspected } from '../sql/source.ts';
import { namingReach } from './reach.ts';
import { saysNothing } from './reversibility.ts';

/** Reads and checks every file the plan names, and makes the texts to send. Every fault is found before anything is sent. */
export async function makeSteps(
  project: Project,
  plan: Plan,
  {
    ledger,
    pins,
    transactions,
    emit,
    isOffline = false,
  }: {
    readonly ledger: LedgerName;
    readonly pins: Pins;
    readonly transactions: Transactions;
    readonly emit: Emit;
    /** For a script, whatever database it is for. */
    readonly isOffline?: boolean;
  },
): Promise<readonly ScriptStep[]> {
  if (plan.steps.some(({ op }) => op === 'up' || op === 'down')) await loadParser();
  return compileSteps(plan, {
    ledger,
    pins,
    transactions,
    material: (id) => findMaterial(project, id),
    inspected: (id, op) => namingReach(project, { plan, isOffline }, id, op, () => check(project, id, op, emit)),
  });
}

function findMaterial(project: Project, id: string): Material {
  const revision = project.graph.nodes.get(id);
  // Only `stamp --purge` names what the files don't know.
  if (revision === undefined) {
    return {
      revision: { id, parents: [], dependsOn: [], labels: [], folder: '', message: '' },
      standsOn: [],
      carries: [],
      digest: '',
    };
  }
  return {
    revision,
    standsOn: needsOf(project.graph)(id),
    carries: usersOf(project.graph)(id),
    digest: project.read(id, 'up').digest,
  };
}

function check(project: Project, id: string, op: 'up' | 'down', emit: Emit): Inspected {
  const inspected = inspect(project.read(id, op), { direction: op });
  const isMerge = (project.graph.nodes.get(id)?.parents.length ?? 0) > 1;
  // A merge has nothing to run, and that is right.
  for (const { message, place } of isMerge ? [] : inspected.warnings)
    emit({ kind: 'warning', message: `${place.file}: ${message}` });
  if (op === 'down') refuseNoWayBack(project, id, inspected);
  else if (!isMerge) refuseUntouched(project, id, inspected);
  return inspected;
}

/** What was forgotten is not recorded as done. In another tool's history, an empty file is what has run. */
function refuseUntouched(project: Project, id: string, { source, statements }: Inspected): void {
  const revision = project.graph.nodes.get(id);
  if (statements.length > 0 || revision === undefined || revision.source !== undefined) return;
  if (!isUntouched(source.text, revision.message)) return;
  throw new UpdownError('input', `Revision "${id}" has nothing to run: its up.sql is as empty as it was made`, {
    hint: 'Write what it should do. If it should do nothing, write a comment that says why.',
    place: { file: source.file, line: 1, column: 1, excerpt: source.text.split('\n')[0] ?? '' },
    subject: id,
  });
}

/** A down.sql says how to go back, that there is no way back, or, in a comment, that nothing needs to be done (F55). */
function refuseNoWayBack(project: Project, id: string, { source, statements }: Inspected): void {
  const place = { file: source.file, line: 1, column: 1, excerpt: source.text.split('\n')[0] ?? '' };
  if (source.directives.irreversible) {
    throw new UpdownError('irreversible', `Revision "${id}" can't be reverted: its down.sql says so`, {
      hint: 'Restore a backup, or write a new revision that goes forward.',
      place,
      subject: id,
    });
  }
  if (statements.length === 0 && saysNothing(project, id, source.text)) {
    throw new UpdownError('irreversible', `Revision "${id}" can't be reverted: its down.sql is empty`, {
      hint: 'Write what undoes up.sql; or a comment why nothing needs to be undone; or the line `-- updown: irreversible`.',
      place,
      subject: id,
    });
  }
}
