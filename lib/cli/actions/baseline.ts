import { type Baseline, baseline, type CommandOptions, sanitizeLine } from '../../index.ts';
import type { Action } from '../action.ts';
import { sayInstead } from '../said.ts';
import { printMessage, printNext, printText } from '../text/message.ts';
import type { View } from '../view.ts';

export const action: Action<'baseline', Baseline> = {
  run: ({ options, words: [source], given }) => {
    const { message, plainOwner: noOwner, forceBaseline: force, scratch, statementTimeout } = given;
    return baseline({ ...options, source, message, noOwner, force, scratch, statementTimeout });
  },
  text: (result, view, { words: [source], options }) => printBaseline(result, view, { ...options, source }),
  json: toJson,
};

export function toJson({ revision, files, shown, lacks, leftOut, ledger, records, stamped, usual }: Baseline): object {
  return {
    ...{ id: revision.id, folder: revision.folder, files, source: shown, lacks, leftOut },
    ...{ ledger: ledger ?? null, records, stamped: stamped ?? null, usual: usual ?? null },
  };
}

export function* printBaseline(
  made: Baseline,
  given: View,
  { source, env = {} }: Pick<CommandOptions, 'env'> & { readonly source: string | undefined },
): Iterable<string> {
  const { revision, from, files, shown, lacks, leftOut, ledger, records } = made;
  const isUrl = source !== undefined && from === 'database';
  const view = isUrl ? { ...given, said: sayInstead(given.said, source, env) } : given;
  const { style } = view;
  for (const file of files) yield `${file}\n`;
  const say = (text: string) => `${printText(text, view)}\n`;
  for (const what of leftOut) yield say(`left out, since rows are no schema: ${sanitizeLine(what)}`);
  if (ledger !== undefined)
    yield say(`left out, since each database is given its own: the ledger, schema ${sanitizeLine(ledger)}`);
  for (const { tool, kind, name, without } of records)
    yield `${printMessage(`${style.warn('made without rows')}:`, `${kind} ${sanitizeLine(name)}, in which ${tool} records what it has run; a baseline without it takes ${sanitizeLine(without)}`, view)}\n`;
  for (const what of lacks) yield `${printMessage(`${style.warn('not made')}:`, sanitizeLine(what), view)}\n`;
  const same =
    lacks.length === 0
      ? `creates the schema of ${sanitizeLine(shown)}, as tested on a throwaway database`
      : 'was written with --force';
  yield `${style.id(revision.id)} ${same}.\n`;
  yield* printWhere(made, view);
}

/** Where it is recorded, and on which database the next command works. */
function* printWhere({ stamped, record, usual }: Baseline, view: View): Iterable<string> {
  if (stamped !== undefined) yield `It is recorded as applied in ${sanitizeLine(stamped)}.\n`;
  if (usual !== undefined)
    yield `${printText(`A command without --url works on another database, ${sanitizeLine(usual)}.`, view)}\n`;
  if (stamped === undefined) yield `${printNext(`where that schema is, record it: ${record}`, view)}\n`;
  else if (usual !== undefined) yield `${printNext('updown status', view)}\n`;
}
