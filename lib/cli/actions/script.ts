import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { wordReason } from '../../command/difference.ts';
import { type VerifiedScript, verifyScript } from '../../command/verify-script.ts';
import { sanitizeLine } from '../../sql/quote.ts';
import type { Action } from '../action.ts';
import { usage } from '../argv.ts';
import { listFiles, readText } from '../expected.ts';
import type { View } from '../view.ts';

export const action: Action<VerifiedScript> = {
  run: ({ words: [verb = '', name = ''], options }) => {
    if (verb !== 'verify') throw usage(`There is no "script ${verb}"`, undefined, 'Known: script verify <file>.');
    const path = resolve(options.cwd ?? '.', name);
    const readme = join(path, 'README.md');
    const found = listFiles(path);
    if (found.length === 0)
      throw usage(`There is no script "${name}"`, undefined, 'Name a file or folder that --output has written.');
    const paths = [...found, ...(existsSync(readme) ? [readme] : [])];
    const files = paths.map((file) => ({ name: basename(file), text: readText(file, name) }));
    return verifyScript({ ...options, files, name });
  },
  text: print,
  json: ({ digest, steps, differences, admission }) => ({
    matches: differences.length === 0,
    digest,
    steps,
    differences: differences.map(({ revision = null, file = null, reason }) => ({ revision, file, reason })),
    runs: admission?.runs ?? null,
    refusal: admission?.runs === false ? { reason: admission.reason, hint: admission.hint ?? null } : null,
  }),
  status: ({ differences, admission }) => (differences.length > 0 || admission?.runs === false ? 4 : 0),
};

function* print({ digest, steps, differences, admission }: VerifiedScript, { style }: View): Iterable<string> {
  const count = `${steps} step${steps === 1 ? '' : 's'}`;
  if (differences.length === 0)
    yield `${style.good('The same')}: the files make this script, ${count}, digest ${digest}\n`;
  else yield `${style.bad('Not the same')}: the files do not make this script\n`;
  for (const difference of differences) yield `  ${sanitizeLine(wordReason(difference))}\n`;
  if (admission?.runs === true) yield `${style.good('It would run')}: the database is where it starts, or on its way\n`;
  if (admission?.runs === false) {
    yield `${style.bad('It would not run')}: ${sanitizeLine(admission.reason)}\n`;
    if (admission.hint !== undefined) yield `  ${style.good('next')}: ${sanitizeLine(admission.hint)}\n`;
  }
}
