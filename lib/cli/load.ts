import type { Action } from './action.ts';
import type { CommandName } from './spec.ts';

/** Each command's code, loaded when it is asked for. */
export const actions: { readonly [Name in CommandName]: () => Promise<Action<Name, unknown>> } = {
  init: async () => (await import('./actions/init.ts')).action,
  baseline: async () => (await import('./actions/baseline.ts')).action,
  revision: async () => (await import('./actions/revision.ts')).action,
  upgrade: async () => (await import('./actions/upgrade.ts')).action,
  plan: async () => (await import('./actions/plan.ts')).action,
  approve: async () => (await import('./actions/approve.ts')).action,
  downgrade: async () => (await import('./actions/downgrade.ts')).action,
  reset: async () => (await import('./actions/reset.ts')).action,
  status: async () => (await import('./actions/status.ts')).action,
  review: async () => (await import('./actions/review.ts')).action,
  verify: async () => (await import('./actions/verify.ts')).action,
  snapshot: async () => (await import('./actions/snapshot.ts')).action,
  rules: async () => (await import('./actions/rules.ts')).action,
  current: async () => (await import('./actions/current.ts')).action,
  history: async () => (await import('./actions/history.ts')).action,
  heads: async () => (await import('./actions/heads.ts')).action,
  branches: async () => (await import('./actions/branches.ts')).action,
  show: async () => (await import('./actions/show.ts')).action,
  merge: async () => (await import('./actions/merge.ts')).action,
  rebase: async () => (await import('./actions/rebase.ts')).action,
  squash: async () => (await import('./actions/squash.ts')).action,
  seal: async () => (await import('./actions/seal.ts')).action,
  check: async () => (await import('./actions/check.ts')).action,
  stamp: async () => (await import('./actions/stamp.ts')).action,
  script: async () => (await import('./actions/script.ts')).action,
  completion: async () => (await import('./actions/completion.ts')).action,
  import: async () => (await import('./actions/import.ts')).action,
};
