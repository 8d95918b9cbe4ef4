import { type InitResult, init } from '../../index.ts';
import type { Action } from '../action.ts';

export const action: Action<'init', InitResult> = {
  run: ({ options, words, given }) => init({ ...options, dir: words[0] ?? options.dir, bare: given.bare }),
  text: ({ files }, { style }, call) => [
    ...files.map((file) => `${file}\n`),
    `${style.good('next')}: ${call.given.bare ? '' : 'updown upgrade, then '}updown revision -m "what it does"\n`,
  ],
  json: ({ project, files }) => ({ project, files }),
};
