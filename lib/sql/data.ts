import { parseText } from './parser.ts';
import type { Inspected, Statement } from './source.ts';

/** Statements that make, change or take away rows, or call what may. Of a text that is not parsed, all of it. */
export function findData({ statements, source }: Inspected): readonly Statement[] {
  if (source.directives.unparsed) return statements;
  return statements.filter(({ text }) => mayHoldData.test(text) && isData(text));
}

/** With one of these words in it; most statements have none, and need no tree. */
const mayHoldData = /\b(insert|update|delete|merge|truncate|copy|do|call|execute|select|values)\b/i;

const kinds: ReadonlySet<string> = new Set([
  ...['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'TruncateStmt', 'CopyStmt'],
  ...['SelectStmt', 'DoStmt', 'CallStmt', 'ExecuteStmt'],
]);

function isData(text: string): boolean {
  const [first = {}] = parseText(text);
  const [kind = '', body] = Object.entries(first)[0] ?? [];
  if (kind === 'CreateTableAsStmt') return (body as { objtype?: string }).objtype !== 'OBJECT_MATVIEW';
  return kinds.has(kind);
}
