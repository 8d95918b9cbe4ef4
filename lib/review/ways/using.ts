import { lex, type Token } from '../../sql/lexer.ts';

/** What an `ALTER COLUMN … TYPE … USING` says behind USING, of this column. */
export function usingOf(text: string, column: string): string | undefined {
  const word = ({ start, end }: Token) => text.slice(start, end).toLowerCase();
  const isWord = (token: Token | undefined, ...words: readonly string[]) =>
    token?.kind === 'word' && words.includes(word(token));
  for (const action of actionsIn(text, word)) {
    const type = action.findIndex((token) => isWord(token, 'type'));
    // `ALTER COLUMN a TYPE`, or `ALTER COLUMN a SET DATA TYPE`
    const named = action[type - (isWord(action[type - 1], 'data') ? 3 : 1)];
    const using = action.findIndex((token, index) => index > type && isWord(token, 'using'));
    const [first, last] = [action[using], action.at(-1)];
    if (
      type !== -1 &&
      named !== undefined &&
      nameIn(text, named) === column &&
      first !== undefined &&
      last !== undefined
    )
      return text.slice(first.end, last.end).trim();
  }
  return undefined;
}

/** As the catalog has it. */
function nameIn(text: string, { kind, start, end }: Token): string {
  return kind === 'name' ? text.slice(start + 1, end - 1).replaceAll('""', '"') : text.slice(start, end).toLowerCase();
}

/** Its actions, without what stands in brackets, but with the closing ones. */
function actionsIn(text: string, word: (token: Token) => string): readonly (readonly Token[])[] {
  const actions: Token[][] = [[]];
  let depth = 0;
  for (const token of lex(text)) {
    const said = word(token);
    if (said === '(' || said === '[') depth += 1;
    if (said === ')' || said === ']') depth -= 1;
    if (depth > 0 || token.kind === 'comment') continue;
    if (said === ',' || said === ';') actions.push([]);
    else actions.at(-1)?.push(token);
  }
  return actions;
}
