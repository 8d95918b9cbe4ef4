import { plural, printHeads, type Rebased, rebase, sanitizeLine } from '../../index.ts';
import type { Action } from '../action.ts';
import { printMessage } from '../text/message.ts';
import type { View } from '../view.ts';

export const action: Action<'rebase', Rebased> = {
  run: ({ options, words, given: { onto, renameFolders } }) =>
    rebase({ ...options, revision: words[0] ?? '', onto, renameFolders }),
  text: print,
  json: ({ moved, onto, from, renamed, heads, database }) => ({
    moved: moved.map(({ id }) => id),
    onto,
    from,
    renamed,
    heads,
    database: database ?? null,
  }),
};

function* print({ moved, onto, from, renamed, heads, database }: Rebased, view: View): Iterable<string> {
  const { style } = view;
  const [first, ...others] = moved;
  if (first === undefined) {
    yield `Nothing to do: it stands on ${onto} already.\n`;
    return;
  }
  yield `${style.id(first.id)} ${sanitizeLine(first.message)}: now on ${printHeads(first.parents)}, was on ${printHeads(from)}\n`;
  for (const { id, message } of others) yield `  with it ${style.id(id)} ${sanitizeLine(message)}\n`;
  for (const { from: old, to } of renamed) yield `  folder ${sanitizeLine(old)} -> ${sanitizeLine(to)}\n`;
  yield `${plural(moved.length, 'revision')} moved in the manifest; no SQL was touched.\n`;
  yield database === undefined
    ? 'No database was asked: one that has applied them must not be there.\n'
    : `${sanitizeLine(database)} has applied none of them.\n`;
  if (heads.length > 1)
    yield `${printMessage(`${style.good('next')}:`, `${heads.length} heads are left: ${printHeads(heads)}. To join them: updown merge`, view)}\n`;
}
