import type { CommandName } from './spec.ts';

/** Every command once, by what one wants to do with it, in the order in which help shows them. */
export const groups: readonly (readonly [title: string, names: readonly CommandName[]])[] = [
  ['Start', ['init', 'import', 'baseline', 'completion']],
  ['Change the revisions', ['revision', 'merge', 'rebase', 'squash', 'seal']],
  ['Look', ['status', 'current', 'history', 'heads', 'branches', 'show', 'snapshot', 'rules']],
  ['Prove, on throwaway databases and in the files', ['check', 'plan', 'review', 'verify', 'approve', 'script']],
  ['Run', ['upgrade', 'downgrade', 'stamp', 'reset']],
];
