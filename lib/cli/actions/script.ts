import { plural, sanitizeLine, type VerifiedScript, verifyScript, wordReason } from '../../index.ts';
import type { Action } from '../action.ts';
import { usage } from '../argv.ts';
import { readFiles } from '../expected.ts';
import { printNext } from '../text/message.ts';
import type { View } from '../view.ts';

export const action: Action<'script', VerifiedScript> = {
  run: async (call) => {
    const [verb = '', name = ''] = call.words;
    if (verb !== 'verify') throw usage(`There is no "script ${verb}"`, undefined, 'Known: script verify <file>.');
    const files = await readFiles(call, name);
    if (files.length === 0)
      throw usage(`There is no script "${name}"`, undefined, 'Name a file or folder that --output has written.');
    return verifyScript({ ...call.options, files, name, scratch: call.given.scratch });
  },
  text: print,
  json: ({ database, digest, steps, differences, lineEnds, comments, admission }) => ({
    matches: differences.length === 0,
    database: database ?? null,
    digest,
    steps,
    differences: differences.map(({ revision = null, file = null, reason }) => ({ revision, file, reason })),
    lineEnds: lineEnds ?? 'LF',
    comments: comments ?? null,
    runs: admission?.runs ?? null,
    refusal: admission?.runs === false ? { reason: admission.reason, hint: admission.hint ?? null } : null,
  }),
  status: ({ differences, admission }) => (differences.length > 0 || admission?.runs === false ? 4 : 0),
};

function* print(
  { digest, steps, differences, lineEnds, comments, admission }: VerifiedScript,
  view: View,
): Iterable<string> {
  const { style } = view;
  const count = plural(steps, 'step');
  if (differences.length === 0)
    yield `${style.good('The same')}: the files make this script, ${count}, digest ${digest}\n`;
  else yield `${style.bad('Not the same')}: the files do not make this script\n`;
  for (const difference of differences) yield `  ${sanitizeLine(wordReason(difference))}\n`;
  if (lineEnds !== undefined)
    yield `${style.warn(`Its line ends are ${lineEnds}`)}: psql would refuse it; write it with LF, as it was emitted\n`;
  if (comments === 'same') yield `${style.good('Its comments, too')}: what was measured is what is measured now\n`;
  if (comments === 'unchecked')
    yield `${style.warn('Not its comments')}: they were measured elsewhere, so they say what they say; --scratch <url> measures there\n`;
  if (admission?.runs === true) yield `${style.good('It would run')}: the database is where it starts, or on its way\n`;
  if (admission?.runs === false) {
    yield `${style.bad('It would not run')}: ${sanitizeLine(admission.reason)}\n`;
    if (admission.hint !== undefined) yield `${printNext(sanitizeLine(admission.hint), view, '  ')}\n`;
  }
}
