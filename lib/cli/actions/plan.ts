import type { Action } from '../action.ts';
import { scriptOptions } from './emit.ts';
import { printMigrated, toJson } from './migrate.ts';
import type { Migrated } from './migrated.ts';
import { prepare } from './upgrade.ts';

/** What an upgrade would do. */
export const action: Action<'plan', Migrated> = {
  run: async (call) => ({ mode: 'plan', script: await prepare(call, await scriptOptions(call, 'dry run')) }),
  text: printMigrated,
  json: toJson,
};
