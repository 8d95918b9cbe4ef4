import { basename } from 'node:path';
import { UpdownError } from '../errors.ts';
import { nodeOf } from '../graph/node-of.ts';
import { onlyOne } from '../graph/resolve.ts';
import { type ClosedRun, findClosedRun } from '../graph/run.ts';
import { appliedHeadsOf } from '../graph/walk.ts';
import { resolveUpgradeRange } from '../plan/range.ts';
import { resolveUpgrade } from '../plan/upgrade.ts';
import { findLastChange, listUncommitted } from '../project/git.ts';
import { manifestName, type Project } from '../project/load.ts';
import { isLeftBeside } from '../project/replace-file.ts';
import { quoteWord } from '../sql/quote.ts';
import { listSome } from '../words.ts';

/** `:b` is from base. */
export function findRun({ graph }: Project, text: string): ClosedRun {
  const range = text.startsWith(':') ? `base${text}` : text;
  const { applied, targets } = resolveUpgradeRange(graph, range, { command: 'squash' });
  const below = onlyOne(graph, appliedHeadsOf(graph, applied), range);
  const last = onlyOne(
    graph,
    targets.flatMap((target) => resolveUpgrade(graph, applied, target)),
    range,
  );
  if (last !== undefined) return findClosedRun(graph, below, last);
  throw new UpdownError('bad-range', `"${text}" has no revision at its end`, {
    hint: 'Write <from>:<to>, or :<to> from base.',
  });
}

/** What was released is not mixed with what was not: databases stand between the two. */
export function refuseHalfSealed({ graph }: Project, { ids, last }: ClosedRun): void {
  const sealed = ids.filter((id) => nodeOf(graph, id).sealed !== undefined);
  if (sealed.length === 0 || nodeOf(graph, last).sealed !== undefined) return;
  throw new UpdownError(
    'sealed',
    `"${sealed.at(-1)}" is sealed, and "${last}" is not: what was released is not combined with what was not`,
    {
      hint: `End the range at "${sealed.at(-1)}". Or, where all of it is released: updown seal ${last}`,
      subject: last,
    },
  );
}

/** Of these, a process that was killed may have left a text beside them, which is nobody's. */
const written = [manifestName, 'up.sql', 'down.sql'];

/** Nothing is lost: what is taken away stands in a commit. */
export async function findCommit(
  { folder, shownFolder, graph }: Project,
  { ids }: ClosedRun,
  force = false,
): Promise<string | undefined> {
  const open = await listUncommitted(folder);
  const own = new Set([manifestName, ...ids.map((id) => nodeOf(graph, id).folder)]);
  const found = open?.filter(
    (path) => path === '' || (own.has(path.split('/')[0] ?? '') && !isLeftBeside(basename(path), written)),
  );
  if (found?.length === 0) return findLastChange(folder);
  if (force) return undefined;
  throw found === undefined ? withoutGit(shownFolder) : uncommitted(shownFolder, found);
}

function withoutGit(folder: string): UpdownError {
  return new UpdownError(
    'uncommitted',
    `Git finds no repository at "${folder}": the files of these revisions would be lost`,
    {
      hint: `Nothing was changed. Commit them first: run git init in the top folder of the project, then ${commitOf(folder)}. Or remove them anyway: --force`,
    },
  );
}

function uncommitted(folder: string, files: readonly string[]): UpdownError {
  return new UpdownError(
    'uncommitted',
    `These files are not committed to git as they are, and would be lost: ${listSome(files, 5)}`,
    {
      hint: `Nothing was changed. See what they are: git -C ${quoteWord(folder)} status. If they are yours, commit them: ${commitOf(folder)}. Or remove them anyway: --force`,
    },
  );
}

/** In whatever folder it is run: that may be outside of the repository. */
function commitOf(folder: string): string {
  const git = `git -C ${quoteWord(folder)}`;
  return `${git} add . && ${git} commit -m ${quoteWord(basename(folder))}`;
}
