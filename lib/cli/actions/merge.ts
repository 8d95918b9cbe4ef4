import { type Created, createMerge } from '../../index.ts';
import type { Action } from '../action.ts';
import { readNew, toJson } from './revision.ts';

export const action: Action<'merge', Created> = {
  run: ({ options, given, words }) =>
    createMerge({
      ...options,
      ...readNew(given, given.message ?? 'merge'),
      revisions: words.length === 0 ? undefined : words,
    }),
  text: ({ files }) => files.map((file) => `${file}\n`),
  json: toJson,
};
