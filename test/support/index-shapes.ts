/** What stands there under the name, and what CREATE INDEX IF NOT EXISTS asks for: of t (n integer, m integer, s varchar). */
export const otherIndexes: readonly (readonly [what: string, existing: string, build: string])[] = [
  ['another column', 'INDEX i ON t (m)', '(n)'],
  ['a column more', 'INDEX i ON t (n, m)', '(n)'],
  ['another order', 'INDEX i ON t (n DESC)', '(n)'],
  ['an included column', 'INDEX i ON t (n) INCLUDE (m)', '(n)'],
  ['no uniqueness', 'INDEX i ON t (n)', 'UNIQUE (n)'],
  ['another method', 'INDEX i ON t USING hash (n)', '(n)'],
  ['a condition', 'INDEX i ON t (n) WHERE m > 0', '(n)'],
  ['no condition', 'INDEX i ON t (n)', '(n) WHERE m > 0'],
  ['a column for an expression', 'INDEX i ON t (s)', '(lower(s))'],
  ['an expression for a column', 'INDEX i ON t (lower(s))', '(s)'],
  ['another operator class', 'INDEX i ON t (s varchar_pattern_ops)', '(s)'],
];

export const sameIndexes: readonly (readonly [existing: string, build: string])[] = [
  ['INDEX i ON t (n, m)', '(n, m)'],
  ['INDEX i ON t (n DESC NULLS LAST) INCLUDE (m)', '(n DESC NULLS LAST) INCLUDE (m)'],
  ['UNIQUE INDEX i ON t USING btree (n ASC)', 'UNIQUE (n)'],
  ['INDEX i ON t (lower(s))', '(lower(s))'],
  ['INDEX i ON t (n) WHERE m > 0', '(n) WHERE (m > 0)'],
  ['INDEX i ON t (n) WITH (fillfactor = 70)', '(n) WITH (fillfactor = 70)'],
];

export function printBuild(build: string, how: 'CONCURRENTLY ' | '' = 'CONCURRENTLY '): string {
  const unique = build.startsWith('UNIQUE ') ? 'UNIQUE ' : '';
  return `CREATE ${unique}INDEX ${how}IF NOT EXISTS i ON t ${build.replace('UNIQUE ', '')}`;
}
