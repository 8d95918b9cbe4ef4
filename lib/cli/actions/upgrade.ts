import { prepareUpgrade, type UpgradeTarget, upgrade } from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { migrateAction } from './migrate.ts';
import type { Migrated, Ways } from './migrated.ts';

export const ways: Ways = {
  act: (call, common) => upgrade({ ...call.options, ...common, ...target(call) }),
  prepare: (call, options) => prepareUpgrade({ ...options, ...target(call) }),
};

export const action: Action<Migrated> = migrateAction(ways);

function target(call: Call): UpgradeTarget {
  return {
    target: call.words[0] ?? 'head',
    includeLate: call.has('include-late'),
    allowAhead: call.has('allow-ahead'),
  };
}
