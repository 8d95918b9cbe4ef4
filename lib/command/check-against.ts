import { isUpdownError, UpdownError } from '../errors.ts';
import { buildGraph } from '../graph/build.ts';
import { forkOf, listMoves } from '../graph/fork.ts';
import type { Graph } from '../graph/graph.ts';
import type { Direction, Revision } from '../graph/revision.ts';
import { mergeRevisions, type Pair, type ThreeWay } from '../graph/three-way.ts';
import { descendantsOf, headsOf, inOrder } from '../graph/walk.ts';
import { listCommitted } from '../project/committed.ts';
import { findCommits, readObjects } from '../project/git.ts';
import { faultOf, manifestName, type Project } from '../project/load.ts';
import { type Manifest, parseManifest, printRevision } from '../project/manifest.ts';
import { quoteWord } from '../sql/quote.ts';
import { digestSql } from '../sql/read.ts';
import { decodeUtf8 } from '../sql/utf8.ts';
import { listAll, listNames } from '../words.ts';
import { type CheckFinding, findingOf } from './finding.ts';

/** What the files were compared with. */
export interface Against {
  readonly ref: string;
  readonly commit: string;
  /** None where the two histories have none in common, or where a shallow clone does not reach it. */
  readonly mergeBase: string | undefined;
  /** Those of the merged graph; none where it is at fault. */
  readonly heads: readonly string[];
}

export interface AgainstResult {
  readonly against: Against;
  readonly findings: readonly CheckFinding[];
  /** Of the merged graph, where it has several heads. */
  readonly fork: readonly Revision[];
}

/** The manifest and the files of a commit. */
interface Side {
  readonly name: string;
  readonly manifest: Manifest;
  readonly digestOf: (revision: Revision, direction: Direction) => string | undefined;
}

/** What the files are once they are merged with a commit: two branches that are each in order may not be so together. Throws `git`. */
export async function checkAgainst(project: Project, ref: string): Promise<AgainstResult> {
  const { commit, mergeBase, isShallow } = await findCommits(project.folder, project.shownFolder, ref);
  const against = { ref, commit, mergeBase, heads: [] };
  let theirs: Side;
  try {
    theirs = await readSide(project, commit, ref);
  } catch (error) {
    if (!isUpdownError(error) || error.code === 'git') throw error;
    return { against, findings: [findingOf(error)], fork: [] };
  }
  const base =
    mergeBase === undefined ? undefined : await readSide(project, mergeBase, mergeBase).catch(() => undefined);
  const ours = project.manifest;
  if (theirs.manifest.project !== ours.project) {
    return { against, findings: [wordOtherProject(project, theirs)], fork: [] };
  }
  const merge = mergeRevisions(ours.revisions, theirs.manifest.revisions, base?.manifest.revisions);
  const { heads, findings, fork } = checkMerged(project, theirs, merge);
  return {
    against: { ...against, heads },
    fork,
    findings: [
      ...merge.removed
        .filter((revision) => !isReplaced(project, theirs, base, revision))
        .map((revision) => wordRemoved(project, theirs, revision)),
      ...checkPlaces(project, theirs, merge),
      ...checkEdits(project, theirs, base),
      ...checkUnsealed(project, theirs, base),
      ...findings,
      ...(mergeBase === undefined ? [wordNoBase(theirs, isShallow)] : []),
    ],
  };
}

async function readSide(project: Project, commit: string, ref: string): Promise<Side> {
  const { folder, shownFolder } = project;
  const files = await listCommitted(project, commit);
  const listed = files.get(manifestName);
  const shown = `${shownFolder}/${manifestName}`;
  if (listed === undefined) {
    throw new UpdownError('git', `There is no ${shown} in "${ref}"`, {
      hint: 'Where this branch is the first with migrations, there is nothing to compare with yet: leave --against out.',
    });
  }
  const held = await readObjects(folder, [...new Set(files.values())]);
  const textOf = (path: string) => held.get(files.get(path) ?? '');
  const name = `${ref}:${shown}`;
  return {
    name: ref,
    manifest: parseManifest(decodeUtf8(textOf(manifestName) ?? new Uint8Array(), name, 'manifest'), name),
    digestOf: ({ folder: inside }, direction) => {
      const text = textOf(`${inside}/${direction}.sql`);
      return text === undefined ? undefined : digestSql(text, `${ref}:${shownFolder}/${inside}/${direction}.sql`);
    },
  };
}

/** Both sides as one graph: it must fit together, and have one head. */
function checkMerged(
  { graph, at }: Project,
  theirs: Side,
  { merged, own }: ThreeWay,
): Pick<AgainstResult, 'findings' | 'fork'> & { readonly heads: readonly string[] } {
  let both: Graph<Revision> | undefined;
  const fault = faultOf(() => {
    both = buildGraph(merged);
  });
  if (both === undefined) return { heads: [], findings: [wordFault(theirs, fault!, { own, at })], fork: [] };
  const heads = headsOf(both);
  // Where these files have the same heads by themselves, that is told already.
  const isNew = heads.length > 1 && heads.join() !== headsOf(graph).join();
  return { heads, findings: isNew ? [wordHeads(both, heads, theirs, own)] : [], fork: forkOf(both, heads) };
}

function wordFault(
  { name, manifest }: Side,
  error: UpdownError,
  { own, at }: Pick<ThreeWay, 'own'> & Pick<Project, 'at'>,
): CheckFinding {
  const id = error.subject;
  const isOwn = id !== undefined && own.has(id);
  const onto =
    faultOf(() => buildGraph(manifest.revisions)) === undefined ? headsOf(buildGraph(manifest.revisions)) : [];
  const mends = error.code === 'unknown-parent' && isOwn && onto.length === 1;
  return findingOf(error, {
    message: `Merged with ${name}: ${error.message}`,
    place: isOwn ? at(id) : undefined,
    ...(mends ? { hint: `${getIn(name)}, then put it on another head: updown rebase ${id} --onto ${onto[0]}` } : {}),
  });
}

function wordHeads(
  graph: Graph<Revision>,
  heads: readonly string[],
  { name }: Side,
  own: ReadonlySet<string>,
): CheckFinding {
  const move = listMoves(graph, heads).find(({ id }) => own.has(id));
  const merge = `updown merge ${heads.join(' ')}`;
  const settle =
    move === undefined
      ? `join them: ${merge}`
      : `put yours on top: updown rebase ${move.id} --onto ${move.onto}. Or join them: ${merge}`;
  const named = heads.map((id) => `"${id}" (${own.has(id) ? 'here' : name})`);
  return {
    code: 'multiple-heads',
    severity: 'error',
    message: `Merged with ${name}, the revisions have ${heads.length} heads: ${listAll(named)}`,
    revision: heads.find((id) => own.has(id)),
    hint: `${getIn(name)}, then ${settle}`,
  };
}

/** How the revisions of the other side come into these files. */
function getIn(name: string): string {
  return `Get ${name} into this branch: git merge ${quoteWord(name)}`;
}

/** Whether one of ours stands for it, as it was when that was written. */
function isReplaced({ manifest }: Project, theirs: Side, base: Side | undefined, revision: Revision): boolean {
  const old = base?.manifest.revisions.find(({ id }) => id === revision.id);
  const isSame = old !== undefined && base?.digestOf(old, 'up') === theirs.digestOf(revision, 'up');
  return isSame && manifest.revisions.some(({ replaces }) => replaces?.revisions.includes(revision.id));
}

/** Whether ours stands for theirs, and for others. */
function replacesTheirs(ours: Revision, theirs: Revision): boolean {
  return ours.replaces !== undefined && ours.replaces.revisions.join() !== theirs.replaces?.revisions.join();
}

function wordRemoved({ shownFolder }: Project, { name }: Side, revision: Revision): CheckFinding {
  const { id, folder } = revision;
  return {
    code: 'removed',
    severity: 'error',
    message: `Revision "${id}", which ${name} has, is not in the files any longer`,
    revision: id,
    notes: [`its line: ${printRevision(revision).trim()}`],
    hint: `Restore its line in the manifest, and its folder: git checkout ${quoteWord(name)} -- ${quoteWord(`${shownFolder}/${folder}`)}. To undo what it does, add a new revision.`,
  };
}

/** What stands in ours on other revisions than in theirs: a database that has it applied would find what is below it late. */
function checkPlaces({ graph, at }: Project, { name }: Side, { own, moved }: ThreeWay): readonly CheckFinding[] {
  const inserted = inOrder(graph, own).flatMap((id) => {
    const [above] = inOrder(graph, descendantsOf(graph, [id])).filter((other) => !own.has(other));
    return above === undefined ? [] : [{ id, above }];
  });
  const under = new Set(inserted.map(({ above }) => above));
  const oldOf = (id: string) => moved.find(({ ours }) => ours.id === id)?.theirs.parents ?? [];
  return [
    ...inserted.map(
      ({ id, above }): CheckFinding => ({
        code: 'inserted',
        severity: 'error',
        message: `Revision "${id}" was put below "${above}", which ${name} has: where that is applied, it would be late`,
        revision: id,
        place: at(id),
        hint: `Give "${above}" its parents back, "parents":${JSON.stringify(oldOf(above))}, and put "${id}" on a head: updown rebase ${id}`,
      }),
    ),
    ...moved
      .filter(({ ours, theirs }) => !under.has(ours.id) && !replacesTheirs(ours, theirs))
      .map((pair) => wordMoved(pair, name, { graph, at })),
  ];
}

function wordMoved({ ours, theirs }: Pair, name: string, { graph, at }: Pick<Project, 'graph' | 'at'>): CheckFinding {
  const isHere = [...theirs.parents, ...theirs.dependsOn].every((id) => graph.nodes.has(id));
  const get = isHere ? '' : `${getIn(name)}. `;
  const standsOn = ({ parents, dependsOn }: Revision) => listNames([...parents, ...dependsOn]) || 'base';
  return {
    code: 'moved',
    severity: 'error',
    message: `Revision "${ours.id}" is based on ${standsOn(ours)} here, and on ${standsOn(theirs)} in ${name}`,
    revision: ours.id,
    place: at(ours.id),
    hint: `${get}Write what ${name} has in its line: "parents":${JSON.stringify(theirs.parents)}${theirs.dependsOn.length === 0 ? '' : `,"depends_on":${JSON.stringify(theirs.dependsOn)}`}`,
  };
}

/** Files that are not what the other side has, and were not changed there. */
function checkEdits(project: Project, theirs: Side, base: Side | undefined): readonly CheckFinding[] {
  return theirs.manifest.revisions.flatMap((revision) => {
    const ours = project.graph.nodes.get(revision.id);
    if (ours === undefined) return [];
    const known = theirs.digestOf(revision, 'up') ?? '';
    if (replacesTheirs(ours, revision) && ours.replaces?.up.includes(known)) return [];
    const old = base?.manifest.revisions.find(({ id }) => id === revision.id);
    return (['up', 'down'] as const).flatMap((direction) => {
      const there = theirs.digestOf(revision, direction);
      const here = digestHere(project, ours, direction);
      // What can't be read, and what is not what its own seal says, has its finding.
      if (here === undefined || there === undefined || here === there) return [];
      if (ours.sealed !== undefined && ours.sealed[direction] !== here) return [];
      if (old !== undefined && base?.digestOf(old, direction) === here) return [];
      return [wordEdited(project, theirs, revision, direction)];
    });
  });
}

/** A seal that the other side has, and that was taken out here: not one that was made there since. */
function checkUnsealed({ graph, at }: Project, theirs: Side, base: Side | undefined): readonly CheckFinding[] {
  const before = new Map(base?.manifest.revisions.map((revision) => [revision.id, revision]));
  return theirs.manifest.revisions
    .filter(({ id, sealed }) => {
      const ours = graph.nodes.get(id);
      const isOwn = base === undefined || before.get(id)?.sealed !== undefined;
      return sealed !== undefined && ours !== undefined && ours.sealed === undefined && isOwn;
    })
    .map(({ id }) => ({
      code: 'unsealed',
      severity: 'note',
      message: `Revision "${id}", which ${theirs.name} has sealed, is not sealed here`,
      revision: id,
      place: at(id),
      hint: `To seal it and the revisions below it again: updown seal ${id}`,
    }));
}

function digestHere({ read }: Project, { id }: Revision, direction: Direction): string | undefined {
  let digest: string | undefined;
  faultOf(() => {
    digest = read(id, direction).digest;
  });
  return digest;
}

function wordEdited({ read }: Project, { name }: Side, { id, sealed }: Revision, direction: Direction): CheckFinding {
  const { file } = read(id, direction);
  return {
    code: 'edited',
    // A down.sql may be corrected until it is sealed: nothing that was applied depends on it.
    severity: direction === 'up' || sealed !== undefined ? 'error' : 'note',
    message: `Revision "${id}", which ${name} has${sealed === undefined ? '' : ' and has sealed'}, has another ${direction}.sql here`,
    revision: id,
    place: { file, line: 1, column: 1 },
    hint: `Restore the file: git checkout ${quoteWord(name)} -- ${quoteWord(file)}, and put the change in a new revision.`,
  };
}

function wordOtherProject({ manifest, shownFolder }: Project, { name, manifest: theirs }: Side): CheckFinding {
  return {
    code: 'wrong-project',
    severity: 'error',
    message: `The files belong to project "${manifest.project}", and those of ${name} to "${theirs.project}"`,
    place: { file: `${shownFolder}/${manifestName}`, line: 1, column: 1 },
    hint: 'Keep the first line of the manifest as it was: ledgers hold its name.',
  };
}

function wordNoBase({ name }: Side, isShallow: boolean): CheckFinding {
  return {
    code: 'no-merge-base',
    severity: 'note',
    message: `Git finds no commit that this branch and ${name} have in common: what was taken out here was not found`,
    hint: isShallow
      ? 'A shallow clone may not reach it: git fetch --unshallow'
      : `The two histories are separate. To see which files differ: git diff --stat ${quoteWord(name)}`,
  };
}
