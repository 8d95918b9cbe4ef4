import { type Details, printHeads, sanitizeLine, show } from '../../index.ts';
import type { Action } from '../action.ts';
import type { View } from '../view.ts';
import { toJson } from './history.ts';

export const action: Action<'show', Details> = {
  run: ({ options, words }) => show({ ...options, target: words[0] ?? '' }),
  text: print,
  json: (details) => ({
    ...toJson(details),
    database: details.database ?? null,
    children: details.children,
    recorded: details.entry ?? null,
  }),
};

function* print(
  { revision, state, current, head, entry, children, files, database }: Details,
  { style }: View,
): Iterable<string> {
  const { id, message, parents, labels, dependsOn, source } = revision;
  const rows: readonly (readonly [string, string])[] = [
    ['parents', printHeads(parents)],
    ['children', children.join(', ') || (head ? 'none: a head' : 'none')],
    ...(labels.length === 0 ? [] : [['labels', labels.join(', ')] as const]),
    ...(dependsOn.length === 0 ? [] : [['depends on', dependsOn.join(', ')] as const]),
    ...(database === undefined ? [] : [['database', database] as const]),
    ['state', state === 'unasked' ? 'no database named' : `${state}${current ? ', current' : ''}`],
    ...(entry === undefined
      ? []
      : [['recorded', `${entry.at} by ${entry.who} (${entry.event}, ${entry.channel})`] as const]),
    ...(entry?.script === undefined ? [] : [['plan', entry.script] as const]),
    ...(source === undefined ? [] : [['source', `${source.tool} ${source.version} ${source.path}`] as const]),
    ...files.flatMap(({ file, digest }) => [['file', file] as const, ['sha256', digest] as const]),
  ];
  yield `${style.id(id)} ${style.bold(sanitizeLine(message))}\n`;
  for (const [name, value] of rows) yield `  ${style.dim(name.padEnd(10))} ${sanitizeLine(value)}\n`;
}
