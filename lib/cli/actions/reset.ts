import { listSome, plural, type ResetPlan, type ResetResult, reset, sanitizeLine, UpdownError } from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { printMigrated, toJson } from './migrate.ts';

export const action: Action<'reset', ResetResult> = {
  run: (call) => {
    const { scratch, statementTimeout, yesDestroy, wait } = call.given;
    return reset({
      ...{ ...call.options, scratch, statementTimeout, yesDestroy },
      target: call.words[0],
      wait: wait === undefined ? undefined : wait * 1_000,
      awaitsServer: wait === undefined ? undefined : true,
      confirm: (plan) => confirm(call, plan),
    });
  },
  *text(result, view) {
    const { dropped, handMade, kept } = result;
    if (dropped.length > 0) yield `Dropped: ${wordDrops(dropped)}\n`;
    if (handMade.length > 0)
      yield `No revision makes these objects, which were dropped too: ${listSome(handMade.map(sanitizeLine), mostNamed)}\n`;
    if (kept.length > 0) yield `Left as they are: ${wordKept(kept)}\n`;
    yield* printMigrated({ mode: 'run', result }, view);
  },
  json: (result) => ({
    dropped: result.dropped,
    handMade: result.handMade,
    kept: result.kept,
    ...toJson({ mode: 'run', result }),
  }),
};

function confirm(call: Call<'reset'>, { database, drops, handMade, kept }: ResetPlan): boolean | Promise<boolean> {
  if (call.given.yes || call.given.yesDestroy !== undefined) return true;
  if (call.ask === undefined) {
    throw new UpdownError('needs-yes', `This would drop ${wordDrops(drops)}, and there is no terminal to ask on`, {
      hint: 'Nothing was changed. Add --yes to do it.',
      notes: [...(handMade.length > 0 ? [wordHandMade(handMade)] : []), ...drops.slice(0, 10)],
    });
  }
  const list = drops.slice(0, 20).map((subject) => `  ${sanitizeLine(subject)}\n`);
  const more = drops.length > 20 ? `  and ${drops.length - 20} more\n` : '';
  const byHand = handMade.length === 0 ? '' : `${wordHandMade(handMade)}.\n`;
  const stays = kept.length === 0 ? '' : `Left as they are: ${wordKept(kept)}. `;
  return call.ask(
    `This drops, in ${sanitizeLine(database)}:\n${list.join('')}${more}${byHand}${stays}What they hold is lost. Go on?`,
  );
}

function wordHandMade(handMade: readonly string[]): string {
  return `No revision makes, and nothing would bring back: ${listSome(handMade.map(sanitizeLine), mostNamed)}`;
}

const mostNamed = 20;

function wordDrops(drops: readonly string[]): string {
  return plural(drops.length, 'object');
}

function wordKept(schemas: readonly string[]): string {
  return `${schemas.length === 1 ? 'schema' : 'schemas'} ${schemas.map(sanitizeLine).join(', ')}`;
}
