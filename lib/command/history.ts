import type { Entry, LedgerState as Ledger } from '../database/ledger-state.ts';
import { UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Revision } from '../graph/revision.ts';
import { appliedHeadsOf, branchPointsOf, childrenOf, headsOf } from '../graph/walk.ts';
import { resolveHistory, resolveShown } from '../plan/history.ts';
import { findLate } from '../plan/late.ts';
import type { Project } from '../project/load.ts';
import { listNames } from '../words.ts';
import { type CommandOptions, openContext } from './context.ts';
import { readLedger, tryLedger } from './read.ts';
import { findHeads, findUnknown, standIn, unknownRevision } from './standing.ts';

/** A revision with what a database says of it. `unknown`: it is applied, and the files don't contain it. */
export interface Shown {
  readonly revision: Revision;
  /** `unasked` where no database is named or reachable. */
  readonly state: 'applied' | 'pending' | 'late' | 'unfinished' | 'unknown' | 'unasked';
  /** An applied head. */
  readonly current: boolean;
  /** A head of the files. */
  readonly head: boolean;
  /** The ids of what it depends on beside its parents. */
  readonly needs: readonly string[];
  readonly entry?: Entry | undefined;
}

export interface HistoryOptions extends CommandOptions {
  readonly range?: string | undefined;
}

export interface History {
  /** The project's name, as its manifest has it. */
  readonly project: string;
  /** The folder that holds those of the revisions, absolute. */
  readonly folder: string;
  /** Undefined where none is named or reachable. */
  readonly database: string | undefined;
  readonly revisions: readonly Shown[];
}

export async function history(options: HistoryOptions): Promise<History> {
  const context = openContext(options);
  const { graph } = context.project;
  const ledger = options.range?.split(':').includes('current')
    ? await readLedger(context, 'entries')
    : await tryLedger(context, 'entries');
  if (ledger !== undefined) standIn(context.project, ledger);
  const ids = resolveHistory(graph, options.range, knownOf(graph, ledger));
  // A range is one of the files.
  const strange = options.range === undefined ? describeUnknown(context.project, ledger) : [];
  return {
    project: context.project.manifest.project,
    folder: context.project.folder,
    database: ledger === undefined ? undefined : context.describe(),
    revisions: [...strange, ...describeAll(context.project, ids, ledger)],
  };
}

/** Newest first; what they stand on only the ledger knows. */
function describeUnknown(project: Project, ledger: Ledger | undefined): readonly Shown[] {
  if (ledger === undefined) return [];
  const tops = new Set(findHeads(project, ledger).map(({ id }) => id));
  return findUnknown(project, { applied: ledger.applied, hasLedger: true })
    .map((id): Shown => {
      const entry = ledger.entries?.get(id);
      return {
        revision: unknownRevision(id, entry?.parents ?? []),
        state: 'unknown',
        current: tops.has(id),
        head: false,
        needs: [],
        entry,
      };
    })
    .toReversed();
}

export function heads(options: CommandOptions): readonly Revision[] {
  const { graph } = openContext(options).project;
  return headsOf(graph).map((id) => graph.nodes.get(id) as Revision);
}

export interface Branching {
  readonly revision: Revision;
  readonly children: readonly Revision[];
}

export function branches(options: CommandOptions): readonly Branching[] {
  const { graph } = openContext(options).project;
  const revision = (id: string) => graph.nodes.get(id) as Revision;
  return branchPointsOf(graph).map((id) => ({ revision: revision(id), children: childrenOf(graph)(id).map(revision) }));
}

export interface Current {
  /** Those that the files don't contain have no folder. */
  readonly heads: readonly Revision[];
  /** The ids of the files' heads. */
  readonly fileHeads: readonly string[];
  readonly applied: number;
  /** Applied, but not in the files. */
  readonly unknown: readonly string[];
  readonly database: string;
}

export async function current(options: CommandOptions): Promise<Current> {
  const context = openContext(options);
  const { project } = context;
  const ledger = await readLedger(context, 'entries');
  const standing = standIn(project, ledger);
  const unknown = findUnknown(project, standing);
  if (unknown.length > 0)
    context.emit({ kind: 'warning', message: `The files don't contain ${listNames(unknown)}, which is applied here` });
  return {
    heads: findHeads(project, ledger),
    fileHeads: headsOf(project.graph),
    applied: standing.applied.size,
    unknown,
    database: context.describe(),
  };
}

export interface Details extends Shown {
  /** Undefined where none is named or reachable. */
  readonly database: string | undefined;
  readonly children: readonly string[];
  readonly files: readonly { readonly file: string; readonly digest: string }[];
}

export async function show(options: CommandOptions & { readonly target: string }): Promise<Details> {
  const context = openContext(options);
  const { project } = context;
  const ledger =
    options.target === 'current' ? await readLedger(context, 'entries') : await tryLedger(context, 'entries');
  if (ledger !== undefined) standIn(project, ledger);
  const [id, ...more] = resolveShown(project.graph, options.target, knownOf(project.graph, ledger));
  if (id === undefined)
    throw new UpdownError('unknown-revision', `"${options.target}" is no revision`, {
      hint: 'Name one: an id, a label, or head.',
    });
  if (more.length > 0)
    throw new UpdownError('multiple-heads', `"${options.target}" is several revisions: ${[id, ...more].join(', ')}`, {
      hint: 'Name one of them.',
    });
  const [shown] = describeAll(project, [id], ledger);
  return {
    ...(shown as Shown),
    database: ledger === undefined ? undefined : context.describe(),
    children: childrenOf(project.graph)(id),
    files: readFiles(project, id),
  };
}

/** A file that is missing or broken is no reason to show nothing. */
function readFiles(project: Project, id: string): Details['files'] {
  return (['up', 'down'] as const).flatMap((direction) => {
    try {
      const { file, digest } = project.read(id, direction);
      return [{ file, digest }];
    } catch {
      return [];
    }
  });
}

function knownOf(graph: Graph, ledger: Ledger | undefined): ReadonlySet<string> {
  return new Set([...(ledger?.applied.keys() ?? [])].filter((id) => graph.nodes.has(id)));
}

function describeAll(project: Project, ids: readonly string[], ledger: Ledger | undefined): readonly Shown[] {
  const { graph } = project;
  const applied = knownOf(graph, ledger);
  const late = new Set(ledger === undefined ? [] : findLate(graph, applied));
  const unfinished = new Set(ledger?.unfinished.map(({ id }) => id));
  const current = new Set(appliedHeadsOf(graph, applied));
  const tops = new Set(headsOf(graph));
  return ids.map((id) => {
    const entry = ledger?.entries?.get(id);
    const state =
      ledger === undefined
        ? 'unasked'
        : unfinished.has(id)
          ? 'unfinished'
          : applied.has(id)
            ? 'applied'
            : late.has(id)
              ? 'late'
              : 'pending';
    return {
      revision: graph.nodes.get(id) as Revision,
      state,
      current: current.has(id),
      head: tops.has(id),
      needs: graph.dependencies.get(id) ?? [],
      entry,
    };
  });
}
