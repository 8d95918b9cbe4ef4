import { execFileSync } from 'node:child_process';
import { cleanEnvironment } from './process.ts';

/** Git itself, in this folder, with nobody's settings: what it says. Throws where it fails. */
export function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', [...args], { cwd, encoding: 'utf8', env: gitEnvironment(), stdio: 'pipe' });
}

/** Whether it ends with 0: a merge that leaves a conflict does not. */
export function gitDoes(cwd: string, ...args: readonly string[]): boolean {
  try {
    git(cwd, ...args);
    return true;
  } catch (error) {
    if (typeof (error as { status?: unknown }).status !== 'number') throw error;
    return false;
  }
}

/** A repository on the branch `main`, with all that the folder holds. */
export function startRepository(cwd: string): void {
  git(cwd, 'init', '--quiet', '--initial-branch=main');
  commitAll(cwd, 'start');
}

export function commitAll(cwd: string, message: string): void {
  git(cwd, 'add', '--all');
  git(cwd, 'commit', '--quiet', '--allow-empty', `--message=${message}`);
}

export function gitEnvironment(): NodeJS.ProcessEnv {
  const person = { NAME: 'Test', EMAIL: 'test@example.com' };
  const who = ['AUTHOR', 'COMMITTER'].flatMap((role) =>
    Object.entries(person).map(([key, value]) => [`GIT_${role}_${key}`, value] as const),
  );
  return cleanEnvironment({
    ...Object.fromEntries(who),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_EDITOR: 'true',
  });
}
