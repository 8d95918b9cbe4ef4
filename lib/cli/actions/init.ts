import { agree, type Baseline, type InitResult, init, initFrom } from '../../index.ts';
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
    if (adopt === undefined) {
      const made = await init({ ...options, dir, bare });
      if (made.over !== undefined && options.url === undefined)
        options.emit?.({ kind: 'warning', message: wordOver(made.over) });
      return made;
    }
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

function wordOver({ by, embedded }: NonNullable<InitResult['over']>): string {
  const isSet = agree(by.length, 'is set, and takes', 'are set, and take');
  const named = agree(by.length, 'it names', 'they name');
  return `${by.join(', ')} ${isSet} precedence over the embedded database of the configuration: what follows acts on the database that ${named}. To act on the embedded one, add --url ${embedded}`;
}

function nameNext(hasSchema: boolean, isBare: boolean): string {
  if (hasSchema) return 'updown revision --autogenerate -m "first", then updown upgrade';
  return `${isBare ? '' : 'updown upgrade, then '}updown revision -m "what it does"`;
}
