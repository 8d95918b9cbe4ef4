import { lex, type Token } from '../../sql/lexer.ts';

/** What an `ALTER COLUMN … TYPE … USING` says behind USING, of this column. */
export function usingOf(text: string, column: string): string | undefined {
  const tokens = [...lex(text)].filter(({ kind }) => kind !== 'comment');
  const word = (token: Token | undefined) =>
    token === undefined ? '' : text.slice(token.start, token.end).toLowerCase();
  const isColumn = (token: Token | undefined) => token !== undefined && nameIn(text, token) === column;
  let from: number | undefined;
  let isMeant = false;
  for (const index of outsideBrackets(tokens, word)) {
    const token = tokens[index]!;
    const said = word(token);
    if (from !== undefined && (said === ',' || said === ';')) return text.slice(from, token.start).trim();
    if (said === ',') isMeant = false;
    if (token.kind !== 'word') continue;
    if (said === 'type') isMeant = isColumn(tokens[index - (word(tokens[index - 1]) === 'data' ? 3 : 1)]);
    if (said === 'using' && isMeant) from ??= token.end;
  }
  return from === undefined ? undefined : text.slice(from).trim();
}

/** As the catalog has it. */
function nameIn(text: string, { kind, start, end }: Token): string {
  return kind === 'name' ? text.slice(start + 1, end - 1).replaceAll('""', '"') : text.slice(start, end).toLowerCase();
}

/** Where the tokens stand that no bracket encloses; the closing ones are among them. */
function outsideBrackets(tokens: readonly Token[], word: (token: Token) => string): readonly number[] {
  let depth = 0;
  return tokens.flatMap((token, index) => {
    const said = word(token);
    if (said === '(' || said === '[') depth += 1;
    if (said === ')' || said === ']') depth -= 1;
    return depth > 0 ? [] : [index];
  });
}
