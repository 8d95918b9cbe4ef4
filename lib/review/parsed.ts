import { type Node, parse } from '../sql/parser.ts';

/** The statements of a text; undefined for one of a file that is not to be parsed. */
export function parseLoosely(text: string): readonly Node[] | undefined {
  try {
    return [...parse({ file: '', text })].map(({ node }) => node);
  } catch {
    return undefined;
  }
}
