import { execFile } from 'node:child_process';
import { UpdownError } from '../errors.ts';
import { quoteWord, sanitizeLine } from '../sql/quote.ts';

/** A commit, and the one at which the branch that is checked out has left it. */
export interface Commits {
  readonly commit: string;
  /** None where the two histories have none in common, or where a shallow clone does not reach it. */
  readonly mergeBase: string | undefined;
  readonly isShallow: boolean;
}

/** Throws `git` where there is no git, no repository around the folder, or no such commit in it. */
export async function findCommits(folder: string, shown: string, ref: string): Promise<Commits> {
  const inside = await ask(folder, ['rev-parse', '--is-inside-work-tree']);
  if (inside.status !== 0) {
    throw new UpdownError('git', `Git finds no repository at "${shown}"`, {
      hint: 'Run it in a checkout of the repository. If it is one and belongs to another user, as in a container, from its root: git config --global --add safe.directory "$PWD"',
      notes: firstLine(inside.errors),
    });
  }
  const found = ref.startsWith('-')
    ? undefined
    : await ask(folder, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  if (found?.status !== 0) {
    throw new UpdownError('git', `Git knows no commit "${ref}" here`, {
      hint: await hintToFetch(folder, ref),
    });
  }
  const commit = found.output.toString('utf8').trim();
  const base = await ask(folder, ['merge-base', 'HEAD', commit]);
  const shallow = await ask(folder, ['rev-parse', '--is-shallow-repository']);
  return {
    commit,
    mergeBase: base.status === 0 ? base.output.toString('utf8').trim() : undefined,
    isShallow: shallow.output.toString('utf8').trim() === 'true',
  };
}

async function hintToFetch(folder: string, ref: string): Promise<string> {
  const { output } = await ask(folder, ['remote']);
  const remotes = output.toString('utf8').split('\n').filter(Boolean);
  const usual = remotes.includes('origin') ? 'origin' : remotes[0];
  const remote = remotes.find((name) => ref.startsWith(`${name}/`)) ?? usual;
  const named = 'Name a branch, a tag or a commit.';
  // What no remote has under such a name: `HEAD~2`, `main@{1}`.
  if (remote === undefined || ref.startsWith('-') || /[~^:@\s]/.test(ref))
    return `${named} To list the branches and tags of this clone: git for-each-ref`;
  return `${named} If this clone lacks it: git fetch ${quoteWord(remote)} ${quoteWord(refspecOf(ref, remote))}`;
}

/** What makes a branch of the remote known here under this name. */
function refspecOf(ref: string, remote: string): string {
  for (const prefix of [remote, 'origin'])
    if (ref.startsWith(`${prefix}/`)) return `${ref.slice(prefix.length + 1)}:refs/remotes/${ref}`;
  return /^[0-9a-f]{7,}$/.test(ref) ? ref : `${ref}:${ref}`;
}

/** Who git takes for the author of a commit made here: `Jo Doe <jo@example.com>`; undefined where that is not said, or there is no git. */
export async function findAuthor(folder: string): Promise<string | undefined> {
  const [name, mail] = await Promise.all(
    ['user.name', 'user.email'].map(async (key) => {
      const answer = await ask(folder, ['config', '--get', key]).catch(() => undefined);
      return answer?.status === 0 ? answer.output.toString('utf8').trim() : '';
    }),
  );
  const author = `${name}${mail ? ` <${mail}>` : ''}`.trim();
  return author === '' ? undefined : author;
}

/** Files of a folder that git does not have as they are, by their paths below it; undefined where there is no repository. */
export async function listUncommitted(folder: string): Promise<readonly string[] | undefined> {
  const prefix = await ask(folder, ['rev-parse', '--show-prefix']).catch(() => undefined);
  if (prefix?.status !== 0) return undefined;
  const inside = prefix.output.toString('utf8').trim();
  const args = ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all', '--ignored', '--', '.'];
  const { output } = await must(folder, args);
  return output
    .toString('utf8')
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => entry.slice(3))
    .map((path) => (path.startsWith(inside) ? path.slice(inside.length) : ''));
}

/** The commit that changed this folder last: all of it stands there as it stands at HEAD. */
export async function findLastChange(folder: string): Promise<string | undefined> {
  const { status, output } = await ask(folder, ['rev-list', '-1', 'HEAD', '--', '.']);
  const commit = output.toString('utf8').trim();
  return status === 0 && commit !== '' ? commit : undefined;
}

/** The files of a folder in a commit, or of the whole commit: their objects by their paths below it. None where the commit lacks the folder. */
export async function listFiles(
  folder: string,
  commit: string,
  extent: 'folder' | 'whole' = 'folder',
): Promise<ReadonlyMap<string, string>> {
  const { output } = await must(folder, [
    'ls-tree',
    '-r',
    '-z',
    ...(extent === 'whole' ? ['--full-tree'] : []),
    commit,
  ]);
  const entries = output
    .toString('utf8')
    .split('\0')
    .filter((entry) => entry !== '');
  return new Map(
    entries.flatMap((entry) => {
      const [, object, path] = /^\d+ blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
      return object === undefined || path === undefined ? [] : [[path, object] as const];
    }),
  );
}

/** What these objects hold. */
export async function readObjects(
  folder: string,
  objects: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const held = new Map<string, Uint8Array>();
  if (objects.length === 0) return held;
  const { output } = await must(folder, ['cat-file', '--batch'], `${objects.join('\n')}\n`);
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0x0a, at);
    const [object = '', , size] = output.subarray(at, end).toString('latin1').split(' ');
    const start = end + 1;
    const length = Number(size ?? 0);
    // Of one that is missing, as in a partial clone without its remote, there is no more than this line.
    if (size !== undefined) held.set(object, output.subarray(start, start + length));
    at = size === undefined ? start : start + length + 1;
  }
  return held;
}

interface Answer {
  readonly status: number;
  readonly output: Buffer;
  readonly errors: string;
}

async function must(folder: string, args: readonly string[], input?: string): Promise<Answer> {
  const answer = await ask(folder, args, input);
  if (answer.status === 0) return answer;
  throw new UpdownError('git', `git ${args[0]} failed with ${answer.status}`, {
    hint: 'Look at the repository: git fsck',
    notes: firstLine(answer.errors),
  });
}

/** A hook is given these for the folder that git was called in, and they would lead astray from any other. */
const notOfHook = { GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined, GIT_PREFIX: undefined };

/** Without a shell: what stands in a branch's name is only ever a name. */
function ask(folder: string, args: readonly string[], input?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...notOfHook };
    const options = { cwd: folder, encoding: 'buffer', maxBuffer: 1 << 30, env } as const;
    const child = execFile('git', [...args], options, (error, output, errors) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number') resolve({ status, output, errors: errors.toString('utf8') });
      else reject(wordFailure(error!));
    });
    // It may end before it has read everything: its status tells.
    child.stdin?.on('error', () => {}).end(input ?? '');
  });
}

function wordFailure(error: Error & { readonly code?: unknown }): UpdownError {
  const isMissing = error.code === 'ENOENT';
  return new UpdownError(
    'git',
    isMissing ? 'Git is not there: no program "git" on PATH' : `Git could not be run: ${error.message}`,
    {
      hint: isMissing ? 'Install git, or leave --against and --since out.' : 'Run the command again.',
      cause: error,
    },
  );
}

function firstLine(text: string): readonly string[] {
  const [line = ''] = text.trim().split('\n');
  return line === '' ? [] : [sanitizeLine(line)];
}
