import { type Created, createMerge } from '../../index.ts';
import type { Action } from '../action.ts';
import { readNew, toJson } from './revision.ts';

export const action: Action<Created> = {
  run: (call) =>
    createMerge({ ...readNew(call, 'merge'), ...(call.words.length === 0 ? {} : { revisions: call.words }) }),
  text: ({ files }) => files.map((file) => `${file}\n`),
  json: toJson,
};
