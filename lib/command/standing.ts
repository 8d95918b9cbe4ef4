import type { LedgerState, Server, Torn } from '../database/ledger-state.ts';
import { UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Revision } from '../graph/revision.ts';
import { ancestorsOf, appliedHeadsOf, inOrder } from '../graph/walk.ts';
import { refusalError } from '../ledger/refusal-error.ts';
import { madeWords } from '../ledger/refusals.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../project/load.ts';
import { settleMade } from '../script/existing.ts';
import { listSome, plural } from '../words.ts';
import { nameScratch } from './scratch-url.ts';

/** Where a plan starts: what is applied, from which SQL. Read from a ledger, or said by hand. */
export interface Standing {
  /** Each applied revision with the digest of the up.sql it was applied from. */
  readonly applied: ReadonlyMap<string, string>;
  readonly hasLedger: boolean;
}

/** Offline: these revisions, applied from the files as they are. */
export function standAt(project: Project, applied: ReadonlySet<string>): Standing {
  return { applied: new Map([...applied].map((id) => [id, project.read(id, 'up').digest])), hasLedger: false };
}

/** Throws `wrong-project`: another project's ledger is never touched (F38). */
export function standIn(project: Project, state: LedgerState): Standing {
  const { ledger } = state;
  const own = project.manifest.project;
  if (ledger !== undefined && ledger.project !== own) {
    const { schema } = project.config.ledger;
    const refused = refusalError('wrong project', schema, [ledger.project, 'these files', own]);
    throw refused.with({ hint: `${refused.hint} The first upgrade with it needs --allow-existing.` });
  }
  return {
    applied: state.applied,
    hasLedger: ledger !== undefined,
  };
}

/** Applied revisions whose up.sql is no longer the one that ran. */
export function findEdited(project: Project, { applied }: Standing): readonly string[] {
  return [...applied]
    .filter(([id, digest]) => project.graph.nodes.has(id) && project.read(id, 'up').digest !== digest)
    .map(([id]) => id);
}

/** Applied here, but not in the files. */
export function findUnknown(project: Project, { applied }: Standing): readonly string[] {
  return [...applied.keys()].filter((id) => !project.graph.nodes.has(id));
}

/**
 * The applied heads; those that the files don't contain come last, each as a revision without a folder. What they stand on only the ledger
 * knows.
 */
export function findHeads({ graph }: Project, { applied, entries }: LedgerState): readonly Revision[] {
  const strange = [...applied.keys()].filter((id) => !graph.nodes.has(id));
  const known = new Set([...applied.keys()].filter((id) => graph.nodes.has(id)));
  const heads = appliedHeadsOf(graph, known).map((id) => graph.nodes.get(id) as Revision);
  if (strange.length === 0) return heads;
  const parentsOf = (id: string) => entries?.get(id)?.parents ?? [];
  const below = new Set([...applied.keys()].flatMap(parentsOf));
  const unknownOnes = strange.filter((id) => !below.has(id)).map((id) => unknownRevision(id, parentsOf(id)));
  return [...heads.filter(({ id }) => !below.has(id)), ...unknownOnes];
}

/** A revision that only the database knows. */
export function unknownRevision(id: string, parents: readonly string[]): Revision {
  return { id, parents, dependsOn: [], labels: [], folder: '', message: notInFiles };
}

const notInFiles = 'applied here, but not in the files';

export function refuseEdited(project: Project, edited: readonly string[]): void {
  const [first] = edited;
  if (first === undefined) return;
  throw new UpdownError(
    'edited',
    `${plural(edited.length, 'applied revision was', 'applied revisions were')} edited since: ${listSome(edited, 5)}`,
    {
      hint: `Restore the file from git and put the change in a new revision. If the edit changes nothing that matters, record it, and nothing else: updown stamp --only ${edited.join(' ')}`,
      place: { file: project.read(first, 'up').file, line: 1, column: 1 },
    },
  );
}

/** F39. What an applied revision was applied on can't be late: its entry is gone, and it would run a second time. */
export function refuseTorn({ graph }: Project, { applied, torn = [] }: LedgerState): void {
  const [first] = torn;
  if (first === undefined) return;
  throw new UpdownError(
    'damaged-ledger',
    `The ledger was changed by hand: "${first.above}" was applied on "${first.id}", and nothing says that "${first.id}" was ever applied`,
    {
      hint: `Restore the entry from a backup. Or, if the schema does hold what it makes, record that: ${mendTorn(graph, applied, torn)}`,
      notes: torn.slice(1, 6).map(({ id, above }) => `"${id}" is missing, too, below "${above}"`),
      subject: first.id,
    },
  );
}

/** Records what was lost, and what that stood on: entries below it went, too. Where the files have it no more, what is applied stands on other revisions by now. */
export function mendTorn(graph: Graph, applied: ReadonlyMap<string, string>, torn: readonly Torn[]): string {
  const lost = torn.map(({ id }) => id).filter((id) => graph.nodes.has(id));
  const missing = inOrder(graph, ancestorsOf(graph, lost)).filter((id) => !applied.has(id));
  const above = torn.filter(({ id }) => !graph.nodes.has(id)).map((entry) => entry.above);
  return `updown stamp --only ${[...new Set([...missing, ...above])].join(' ')}`;
}

/** Revisions for an empty database, and one in use. */
export function refuseExisting(plan: Plan, { strangers = [], server }: LedgerState, project: Project): void {
  if (strangers.length === 0 || !plan.steps.some(({ op }) => op === 'up')) return;
  const { schema } = project.config.ledger;
  throw refusalError('not empty', schema, [strangers.join(', ')]).with({ hint: settleExisting(plan, project, server) });
}

type Aim = Pick<Plan, 'to' | 'steps'>;

/** It ends in a command, which goes to head. */
export function settleExisting(plan: Aim, project: Project, { version }: Server): string {
  const compares = nameScratch(project, Number.parseInt(version, 10));
  return `${settleMade(plan, compares)} ${madeWords.apart}: updown upgrade --allow-existing`;
}

export function refuseReadOnly({ server }: LedgerState, schema: string): void {
  if (server.worker) {
    throw new UpdownError(
      'read-only',
      `The server is a worker of ${server.engine}: a schema is changed on the coordinator`,
      {
        hint: 'Connect to the coordinator.',
      },
    );
  }
  if (server.standby) throw refusalError('standby', schema);
  if (server.readOnly) throw refusalError('read-only session', schema);
}
