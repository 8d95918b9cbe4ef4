import { prepareStamp, type StampTarget, stamp } from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { migrateAction } from './migrate.ts';
import type { Migrated } from './migrated.ts';

export const action: Action<'stamp', Migrated> = migrateAction<'stamp'>({
  act: (call, common) => {
    const { force, scratch, statementTimeout } = call.given;
    return stamp({ ...call.options, ...common, ...targets(call), force, scratch, statementTimeout });
  },
  prepare: (call, options) => prepareStamp({ ...options, ...targets(call) }),
});

function targets({ words, given: { purge, only, forget } }: Call<'stamp'>): StampTarget {
  return { targets: words, purge, only, forget };
}
