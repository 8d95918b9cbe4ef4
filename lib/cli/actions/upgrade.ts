import { prepareUpgrade, type Script, type ScriptOptions, type UpgradeTarget, upgrade } from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { migrateAction } from './migrate.ts';
import type { Migrated } from './migrated.ts';

type Aimed = Call<'upgrade'> | Call<'plan'>;

export const action: Action<'upgrade', Migrated> = migrateAction<'upgrade'>({
  act: (call, common) => {
    const { refuseDrift, scratch } = call.given;
    return upgrade({ ...call.options, ...common, ...target(call), refuseDrift, scratch });
  },
  prepare,
});

export function prepare(call: Aimed, options: ScriptOptions): Promise<Script> {
  return prepareUpgrade({ ...options, ...target(call) });
}

function target({ words: [aim = 'head'], given: { includeLate, allowAhead } }: Aimed): UpgradeTarget {
  return { target: aim, includeLate, allowAhead };
}
