import { isUpdownError } from '../errors.ts';
import { type Node, parseText } from './parser.ts';

/**
 * The types in the arguments of a routine, as its name has them, or CREATE: `i int, VARIADIC text[]` are `"int4"` and `"text"[]`. Without
 * their schemas, since those may be written or not.
 */
export function readTypes(text: string): readonly string[] {
  try {
    const [node] = parseText(`ALTER ROUTINE f(${text}) RESET ALL`);
    const args = node !== undefined && 'AlterFunctionStmt' in node ? node.AlterFunctionStmt.func?.objargs : undefined;
    return (args ?? []).map(wordType);
  } catch (error) {
    if (isUpdownError(error)) return [text];
    throw error;
  }
}

/** A type in a parse tree, as SQL that is read again as the same. */
export function wordType(node: Node): string {
  if (!('TypeName' in node)) return '';
  const { names = [], arrayBounds = [] } = node.TypeName;
  const last = names.at(-1);
  const name = last !== undefined && 'String' in last ? (last.String.sval ?? '') : '';
  return `"${name.replaceAll('"', '""')}"${arrayBounds.map(() => '[]').join('')}`;
}
