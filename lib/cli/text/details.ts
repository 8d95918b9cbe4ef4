import { listSome, printHeads, type Shown, sanitizeLine } from '../../index.ts';
import type { View } from '../view.ts';

type Row = readonly [name: string, value: string];

interface More {
  readonly database?: string | undefined;
  readonly children?: readonly string[];
  readonly files: readonly Row[];
}

/** A revision with all that is known of it, a row each; `more` goes where `show` knows more than the history does. */
export function* printDetails(shown: Shown, { style }: View, more: More): Iterable<string> {
  const { id, message } = shown.revision;
  const rows = [...placeOf(shown, more), ...stateOf(shown, more), ...more.files];
  yield `${style.id(sanitizeLine(id))} ${style.bold(sanitizeLine(message))}\n`;
  for (const [name, value] of rows) yield `  ${style.dim(name.padEnd(10))} ${sanitizeLine(value)}\n`;
}

/** Where it stands in the graph. */
function placeOf(
  { revision: { parents, labels, dependsOn, replaces }, head }: Shown,
  { children }: More,
): readonly Row[] {
  return [
    ['parents', printHeads(parents)],
    children === undefined
      ? ['head', head ? 'yes' : 'no']
      : ['children', children.join(', ') || (head ? 'none: a head' : 'none')],
    ...(labels.length === 0 ? [] : [['labels', labels.join(', ')] as const]),
    ...(dependsOn.length === 0 ? [] : [['depends on', dependsOn.join(', ')] as const]),
    ...(replaces === undefined ? [] : [['replaces', listSome(replaces.revisions, 5)] as const]),
  ];
}

/** What the database says of it, and where it comes from. */
function stateOf({ revision: { source }, state, current, entry }: Shown, { database }: More): readonly Row[] {
  return [
    ...(database === undefined ? [] : [['database', database] as const]),
    ['state', state === 'unasked' ? 'no database named' : `${state}${current ? ', current' : ''}`],
    ...(entry === undefined
      ? []
      : [['recorded', `${entry.at} by ${entry.who} (${entry.event}, ${entry.channel})`] as const]),
    ...(entry?.script === undefined ? [] : [['plan', entry.script] as const]),
    ...(source === undefined ? [] : [['source', `${source.tool} ${source.version} ${source.path}`] as const]),
  ];
}
