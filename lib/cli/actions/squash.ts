import { plural, type Squashed, sanitizeLine, squash } from '../../index.ts';
import type { Action } from '../action.ts';
import { printNext } from '../text/message.ts';
import type { View } from '../view.ts';

export const action: Action<'squash', Squashed> = {
  run: ({ options, words: [range = ''], given }) => {
    const { message, joinTexts: join, keepData, dropData, proveOnly: dryRun, forceSquash: force } = given;
    const { scratch, statementTimeout } = given;
    const data = keepData ? 'keep' : dropData ? 'drop' : undefined;
    return squash({ ...options, range, message, join, data, dryRun, force, scratch, statementTimeout });
  },
  text: print,
  json: ({ revision, ...result }) => {
    const { replaced, files, written, way, data, keepsData, lostRows, slight, isReversible, scratch } = result;
    const { id, parents, folder, replaces, sealed } = revision;
    return {
      ...{
        id,
        parents,
        folder,
        replaced,
        files,
        written,
        way,
        data,
        keepsData,
        lostRows,
        slight,
        isReversible,
        scratch,
      },
      commit: replaces?.commit ?? null,
      sealed: sealed !== undefined,
    };
  },
};

function* print(
  { revision, replaced, files, written, way, data, keepsData, lostRows, slight, isReversible, scratch }: Squashed,
  view: View,
): Iterable<string> {
  const { style } = view;
  if (written) for (const file of files) yield `${file}\n`;
  if (!keepsData)
    for (const { file, line, label } of data)
      yield `${style.warn('left out')}: ${sanitizeLine(`${file}:${line} ${label}`)}\n`;
  for (const what of lostRows) yield `${style.warn('not made')}: ${sanitizeLine(what)}\n`;
  for (const what of slight) yield `differs, but is not an error: ${sanitizeLine(what)}\n`;
  const how = way === 'structure' ? 'SQL written from the schema' : 'their texts joined';
  yield `${style.id(revision.id)} ${written ? 'stands' : 'would stand'} for ${plural(replaced.length + 1, 'revision')}, with ${how}: the same schema, as ${scratch} shows.\n`;
  if (!isReversible) yield `It can't be reverted: its down.sql says why.\n`;
  if (!written) return;
  yield `${printNext(`read both files, then commit them with the manifest. A database that has all of these, or none, needs nothing: see updown status --url <url>`, view)}\n`;
}
