import { downgrade, plural, prepareDowngrade, type Script, sanitizeLine, UpdownError } from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { migrateAction } from './migrate.ts';
import type { Migrated } from './migrated.ts';

export const action: Action<'downgrade', Migrated> = migrateAction<'downgrade'>({
  act: (call, common) =>
    downgrade({ ...call.options, ...common, target: call.words[0] ?? '', confirm: (script) => confirm(call, script) }),
  prepare: (call, options) => prepareDowngrade({ ...options, target: call.words[0] ?? '' }),
});

/** What a downgrade drops does not come back: say what goes, and ask. */
function confirm(call: Call<'downgrade'>, { steps }: Script): boolean | Promise<boolean> {
  if (call.given.yes) return true;
  const named = steps.map((step) => `${step.entries[0]?.id} ${step.name}`);
  if (call.ask === undefined) {
    throw new UpdownError(
      'needs-yes',
      `This would revert ${plural(steps.length, 'revision')}, and there is no terminal to ask on`,
      {
        hint: 'Nothing was changed. Add --yes to do it; --dry-run shows the plan.',
        notes: named.slice(0, 10),
      },
    );
  }
  const list = named.slice(0, 10).map((name) => `  ${sanitizeLine(name)}\n`);
  return call.ask(
    `This reverts, newest first:\n${list.join('')}${named.length > 10 ? `  and ${named.length - 10} more\n` : ''}What they hold is lost. Go on?`,
  );
}
