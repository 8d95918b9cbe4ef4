import { type InitResult, init } from '../../index.ts';
import type { Action } from '../action.ts';
import { printNext } from '../text/message.ts';

export const action: Action<'init', InitResult> = {
  run: ({ options, words, given }) => init({ ...options, dir: words[0] ?? options.dir, bare: given.bare }),
  text: ({ files }, view, call) => [
    ...files.map((file) => `${file}\n`),
    `${printNext(`${call.given.bare ? '' : 'updown upgrade, then '}updown revision -m "what it does"`, view)}\n`,
  ],
  json: ({ project, files }) => ({ project, files }),
};
