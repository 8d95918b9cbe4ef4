import {
  createMerge,
  listWays,
  type Merged,
  plural,
  printHeads,
  type Rebased,
  rebase,
  sanitizeLine,
  type UpdownError,
  type Ways,
} from '../../index.ts';
import type { Action } from '../action.ts';
import { usage } from '../argv.ts';
import { askWay } from '../ask-way.ts';
import { toJson as mergedToJson, print as printMerged, settledNote } from '../text/merged.ts';
import { printNext } from '../text/message.ts';
import type { View } from '../view.ts';

export const action: Action<'rebase', Rebased | Merged> = {
  run: async ({ options, words: [word], given: { onto, renameFolders }, choose }) => {
    if (word !== undefined) return rebase({ ...options, revision: word, onto, renameFolders });
    const ways = await listWays(options);
    if (choose === undefined || ways.heads.length < 2 || onto !== undefined) throw nameRevision(ways);
    const way = await askWay(choose, ways);
    if (way === 'merge') return createMerge({ ...options, message: 'merge' });
    return rebase({ ...options, revision: way.id, onto: way.onto, renameFolders });
  },
  text: (result, view) => ('moved' in result ? print(result, view) : printMerged(result)),
  json: (result) => ('moved' in result ? toJson(result) : mergedToJson(result)),
};

/** Which of them is to be moved, only its author knows. */
function nameRevision({ heads, moves }: Ways): UpdownError {
  const commands = moves.map(({ id, onto }) => `updown rebase ${id} --onto ${onto}`);
  return usage(
    '"rebase" needs the revision to move',
    undefined,
    heads.length < 2
      ? 'There is one head. Name what is to be moved: updown rebase <rev> --onto <head>'
      : `Name it: ${commands[0] ?? 'updown rebase <rev> --onto <head>'}. ${commands[1] === undefined ? '' : `Or the other one: ${commands[1]}. `}Or join them: updown merge ${heads.join(' ')}`,
  );
}

export function toJson({ moved, onto, from, renamed, heads, database, settled }: Rebased): object {
  const ids = moved.map(({ id }) => id);
  return { moved: ids, onto, from, renamed, heads, database: database ?? null, settled };
}

export function* print(
  { moved, onto, from, renamed, heads, database, settled }: Rebased,
  view: View,
): Iterable<string> {
  const { style } = view;
  const [first, ...others] = moved;
  if (first === undefined) {
    yield `Nothing to do: it is already based on ${onto}.\n`;
    if (settled) yield settledNote;
    return;
  }
  yield `${style.id(first.id)} ${sanitizeLine(first.message)}: now on ${printHeads(first.parents)}, was on ${printHeads(from)}\n`;
  for (const { id, message } of others) yield `  with it ${style.id(id)} ${sanitizeLine(message)}\n`;
  for (const { from: old, to } of renamed) yield `  folder ${sanitizeLine(old)} -> ${sanitizeLine(to)}\n`;
  yield `${plural(moved.length, 'revision')} moved in the manifest; no SQL was touched.\n`;
  yield database === undefined
    ? 'No database was asked: one that has applied them must not be there.\n'
    : `${sanitizeLine(database)} has applied none of them.\n`;
  if (settled) yield settledNote;
  if (heads.length > 1)
    yield `${printNext(`${heads.length} heads are left: ${printHeads(heads)}. To join them: updown merge`, view)}\n`;
}
