import { prepareStamp, type StampTarget, stamp } from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { migrateAction } from './migrate.ts';
import type { Migrated } from './migrated.ts';

export const action: Action<Migrated> = migrateAction({
  act: (call, common) => stamp({ ...call.options, ...common, ...targets(call) }),
  prepare: (call, options) => prepareStamp({ ...options, ...targets(call) }),
});

function targets(call: Call): StampTarget {
  return { targets: call.words, purge: call.has('purge'), only: call.has('only'), forget: call.has('forget') };
}
