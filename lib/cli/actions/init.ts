import { type Baseline, type InitResult, init, initFrom } from '../../index.ts';
import type { Action } from '../action.ts';
import { printNext } from '../text/message.ts';
import { printBaseline, toJson } from './baseline.ts';

interface Started extends InitResult {
  /** With `--from`. */
  readonly first?: Baseline | undefined;
}

export const action: Action<'init', Started> = {
  run: async ({ options, words, given: { bare, adopt, scratch, statementTimeout } }) => {
    const dir = words[0] ?? options.dir;
    if (adopt === undefined) return init({ ...options, dir, bare });
    return initFrom({ ...options, dir, source: adopt, scratch, statementTimeout });
  },
  text: function* ({ files, first, schema }, view, call) {
    for (const file of files) yield `${file}\n`;
    if (first !== undefined) yield* printBaseline(first, view, { ...call.options, source: call.given.adopt });
    else yield `${printNext(nameNext(schema !== undefined, call.given.bare === true), view)}\n`;
  },
  json: ({ project, files, schema, first }) => ({
    ...{ project, files, schema: schema ?? null },
    ...(first === undefined ? {} : { baseline: toJson(first) }),
  }),
};

function nameNext(hasSchema: boolean, isBare: boolean): string {
  if (hasSchema) return 'updown revision --autogenerate -m "first", then updown upgrade';
  return `${isBare ? '' : 'updown upgrade, then '}updown revision -m "what it does"`;
}
