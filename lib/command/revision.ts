import { UpdownError } from '../errors.ts';
import { buildGraph } from '../graph/build.ts';
import { resolveDependency, resolveMerge, resolveParents } from '../graph/parents.ts';
import type { Revision } from '../graph/revision.ts';
import { checkId, makeFolder, makeId } from '../project/identity.ts';
import { loadProject, type Project, type ProjectOptions } from '../project/load.ts';
import { type NewRevision, replaceRevisions, saveRevisions } from '../project/save.ts';
import { printTemplate } from '../project/template.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { listAll } from '../words.ts';

export interface NewOptions extends ProjectOptions {
  readonly message: string;
  readonly id?: string | undefined;
  readonly labels?: readonly string[];
  readonly dependsOn?: readonly string[];
  /** Permit a parent that is no head: a branch starts there. */
  readonly splice?: boolean;
  readonly now?: Date;
}

export interface RevisionOptions extends NewOptions {
  /** What it stands on; default the one head; `base` for a root. */
  readonly parent?: string | undefined;
  readonly noTransaction?: boolean;
}

export interface MergeOptions extends NewOptions {
  /** Default: all heads. */
  readonly revisions?: readonly string[] | undefined;
}

/** What `createMerge` has written. */
export interface Merged {
  /** None where both sides of a conflict had no more than one head together: that alone was settled then. */
  readonly revision: Revision | undefined;
  readonly files: readonly string[];
  /** Whether git had left both sides in the manifest, which holds each revision once now. */
  readonly settled: boolean;
}

export interface Created {
  readonly revision: Revision;
  readonly files: readonly string[];
}

export function createRevision(options: RevisionOptions): Created {
  const project = loadProject(options);
  const parents = resolveParents(project.graph, options.parent ?? 'head', { splice: options.splice ?? false });
  const head = options.noTransaction ? '-- updown: no-transaction\n' : '';
  return save(project, options, parents, (message) => ({
    up: printTemplate(message, head),
    down: `${head}-- Undo: ${message}\n\n`,
  }));
}

export function createMerge(options: MergeOptions): Merged {
  const project = loadProject(options, { settles: true });
  const settled = project.settled !== undefined;
  const parents = resolveMerge(project.graph, options.revisions ?? ['heads'], { splice: options.splice ?? false });
  if (parents.length < 2 && settled) {
    replaceRevisions(project, []);
    return { revision: undefined, files: [], settled };
  }
  if (parents.length < 2) {
    throw new UpdownError(
      'usage',
      `There is nothing to merge: ${parents.length === 0 ? 'there are no revisions' : `"${parents[0]}" is the only head`}`,
      { hint: 'See `updown heads`.' },
    );
  }
  const note = `-- Joins ${listAll(parents)}: nothing to run.\n`;
  return { ...save(project, options, parents, () => ({ up: note, down: note })), settled };
}

function save(
  project: Project,
  options: NewOptions,
  parents: readonly string[],
  files: (message: string) => { up: string; down: string },
): Created {
  const revision = toRevision(project, options, parents);
  const added: NewRevision = { revision, ...files(revision.message) };
  saveRevisions(project, [added]);
  return { revision, files: ['up', 'down'].map((name) => `${project.shownFolder}/${revision.folder}/${name}.sql`) };
}

/** A revision that can be added. Throws for what can't. */
export function toRevision(project: Project, options: NewOptions, parents: readonly string[]): Revision {
  const message = sanitizeLine(options.message);
  if (message === '')
    throw new UpdownError('usage', 'A revision needs a message', { hint: 'Say what it does: -m "add orders.status"' });
  const id = options.id === undefined ? makeId() : checkId(options.id);
  const revision: Revision = {
    id,
    parents,
    dependsOn: (options.dependsOn ?? []).map((name) => resolveDependency(project.graph, name)),
    labels: options.labels ?? [],
    folder: makeFolder(id, message, options.now ?? new Date()),
    message,
  };
  // Whatever is wrong with the new line is found before it is written.
  const others = project.manifest.revisions;
  if (parents.every((id) => others.some((one) => one.id === id))) buildGraph([...others, revision]);
  return revision;
}
