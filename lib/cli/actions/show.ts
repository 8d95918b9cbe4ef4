import { type Details, show } from '../../index.ts';
import type { Action } from '../action.ts';
import { printDetails } from '../text/details.ts';
import { toJson } from './history.ts';

export const action: Action<'show', Details> = {
  run: ({ options, words }) => show({ ...options, target: words[0] ?? '' }),
  text: (details, view) =>
    printDetails(details, view, {
      ...details,
      files: details.files.flatMap(({ file, digest }) => [['file', file] as const, ['sha256', digest] as const]),
    }),
  json: (details) => ({
    ...toJson(details),
    database: details.database ?? null,
    children: details.children,
    recorded: details.entry ?? null,
  }),
};
