import { plural, type Snapshot, sanitizeLine, takeSnapshot } from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { findOutput, refuseExisting, writeScript } from '../script-file.ts';

export const action: Action<'snapshot', Snapshot> = {
  run: async (call) => {
    const { scratch, statementTimeout, output } = call.given;
    const file = output === undefined ? undefined : findOutput(call, output);
    if (file !== undefined) refuseExisting(file);
    const result = await takeSnapshot({ ...call.options, target: call.words[0], scratch, statementTimeout });
    if (file !== undefined) writeScript(file, [textOf(result, call)]);
    return result;
  },
  text: function* (result, _, call) {
    const { output } = call.given;
    yield output === undefined ? textOf(result, call) : `${sanitizeLine(output)}: ${wordCount(result)}\n`;
  },
  json: ({ schema, hash, database }) => ({ database: database ?? null, hash, snapshot: schema }),
};

function textOf({ text, hash }: Snapshot, { given }: Call<'snapshot'>): string {
  return given.hash ? `${hash}\n` : text;
}

function wordCount({ schema }: Snapshot): string {
  const lists = Object.values(schema).filter((list): list is readonly unknown[] => Array.isArray(list));
  return `${plural(
    lists.reduce((sum, { length }) => sum + length, 0),
    'object',
  )} of PostgreSQL ${schema.major}`;
}
