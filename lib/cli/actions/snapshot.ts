import { plural, type Snapshot, sanitizeLine, takeSnapshot } from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { findOutput, refuseExisting, writeScript } from '../script-file.ts';

export const action: Action<'snapshot', Snapshot> = {
  run: async (call) => {
    const { scratch, statementTimeout, output, asSql: sql, noOwner } = call.given;
    const file = output === undefined ? undefined : findOutput(call, output);
    if (file !== undefined) refuseExisting(file);
    const result = await takeSnapshot({
      ...call.options,
      target: call.words[0],
      scratch,
      statementTimeout,
      sql,
      noOwner,
    });
    if (file !== undefined) writeScript(file, [textOf(result, call)]);
    for (const { subject, why } of result.sql?.unwritten ?? [])
      call.options.emit?.({ kind: 'warning', message: `not written: ${subject}: ${why}` });
    return result;
  },
  text: function* (result, _, call) {
    const { output } = call.given;
    yield output === undefined ? textOf(result, call) : `${sanitizeLine(output)}: ${wordCount(result)}\n`;
  },
  json: ({ schema, hash, database, sql }) => ({
    ...{ database: database ?? null, hash, snapshot: schema },
    ...(sql === undefined ? {} : { sql: sql.text, unwritten: sql.unwritten }),
  }),
};

function textOf({ text, hash, sql }: Snapshot, { given }: Call<'snapshot'>): string {
  return given.hash ? `${hash}\n` : (sql?.text ?? text);
}

function wordCount({ schema }: Snapshot): string {
  const lists = Object.values(schema).filter((list): list is readonly unknown[] => Array.isArray(list));
  return `${plural(
    lists.reduce((sum, { length }) => sum + length, 0),
    'object',
  )} of PostgreSQL ${schema.major}`;
}
