import { type InitResult, init } from '../../index.ts';
import type { Action } from '../action.ts';

export const action: Action<InitResult> = {
  run: ({ options, words, has }) => init({ ...options, dir: words[0] ?? options.dir, bare: has('bare') }),
  text: ({ files }, { style }, call) => [
    ...files.map((file) => `${file}\n`),
    `${style.good('next')}: ${call.has('bare') ? '' : 'updown upgrade, then '}updown revision -m "what it does"\n`,
  ],
  json: ({ project, files }) => ({ project, files }),
};
