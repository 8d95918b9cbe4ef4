import { type Node, parseText } from '../sql/parser.ts';

/** The parse trees of a text, or undefined where it can't be parsed, as in a file with `-- updown: unparsed`. */
export function parseLoosely(text: string): readonly Node[] | undefined {
  if (recent.has(text)) return recent.get(text);
  const nodes = parseAnew(text);
  if (recent.size >= mostRecent) recent.delete(recent.keys().next().value ?? '');
  recent.set(text, nodes);
  return nodes;
}

/** Many rules look at the same statement, one after the other. */
const recent = new Map<string, readonly Node[] | undefined>();
const mostRecent = 16;

function parseAnew(text: string): readonly Node[] | undefined {
  try {
    return parseText(text);
  } catch {
    return undefined;
  }
}

/** Yields every node of a tree with the name of its kind. */
export function* findNodes(tree: unknown): Generator<readonly [kind: string, body: unknown], void, undefined> {
  if (Array.isArray(tree)) {
    for (const one of tree) yield* findNodes(one);
  } else if (typeof tree === 'object' && tree !== null) {
    for (const [key, value] of Object.entries(tree)) {
      if (/^[A-Z]/.test(key)) yield [key, value];
      yield* findNodes(value);
    }
  }
}
