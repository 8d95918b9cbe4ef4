import { listSome, printHeads, type Shown, sanitizeLine } from '../../index.ts';
import type { View } from '../view.ts';

type Row = readonly [name: string, value: string];

/** A revision with all that is known of it, a row each; `more` goes where `show` knows more than the history does. */
export function* printDetails(
  { revision, state, current, head, entry }: Shown,
  { style }: View,
  more: {
    readonly database?: string | undefined;
    readonly children?: readonly string[];
    readonly files: readonly Row[];
  },
): Iterable<string> {
  const { id, message, parents, labels, dependsOn, source, replaces } = revision;
  const { database, children, files } = more;
  const rows: readonly Row[] = [
    ['parents', printHeads(parents)],
    ...(children === undefined
      ? [['head', head ? 'yes' : 'no'] as const]
      : [['children', children.join(', ') || (head ? 'none: a head' : 'none')] as const]),
    ...(labels.length === 0 ? [] : [['labels', labels.join(', ')] as const]),
    ...(dependsOn.length === 0 ? [] : [['depends on', dependsOn.join(', ')] as const]),
    ...(replaces === undefined ? [] : [['replaces', listSome(replaces.revisions, 5)] as const]),
    ...(database === undefined ? [] : [['database', database] as const]),
    ['state', state === 'unasked' ? 'no database named' : `${state}${current ? ', current' : ''}`],
    ...(entry === undefined
      ? []
      : [['recorded', `${entry.at} by ${entry.who} (${entry.event}, ${entry.channel})`] as const]),
    ...(entry?.script === undefined ? [] : [['plan', entry.script] as const]),
    ...(source === undefined ? [] : [['source', `${source.tool} ${source.version} ${source.path}`] as const]),
    ...files,
  ];
  yield `${style.id(sanitizeLine(id))} ${style.bold(sanitizeLine(message))}\n`;
  for (const [name, value] of rows) yield `  ${style.dim(name.padEnd(10))} ${sanitizeLine(value)}\n`;
}
