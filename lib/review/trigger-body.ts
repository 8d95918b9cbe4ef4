import { lex } from '../sql/lexer.ts';

/** What a trigger function sets in its row, and whether it lets every row be deleted. */
export interface TriggerBody {
  readonly assigned: readonly string[];
  readonly keeps: boolean;
}

/** Words of statements that read other rows, or change anything but the row of the trigger. */
const reaching =
  /^(select|insert|update|delete|merge|execute|perform|call|copy|truncate|create|drop|alter|from|table|values|with|open|fetch|move|for|foreach|get|notify|listen|unlisten|lock|set|reset|commit|rollback|do|grant|revoke|refresh|import|alias|into)$/;

/** Functions and words that depend only on their arguments, on the time and on the session. */
const harmless = new Set(
  [
    'now clock_timestamp transaction_timestamp statement_timestamp timezone date_trunc date_part extract age make_date to_char to_date to_timestamp to_number',
    'coalesce nullif greatest least lower upper initcap btrim ltrim rtrim trim length char_length octet_length substr substring left right lpad rpad',
    'replace regexp_replace regexp_match split_part translate reverse repeat concat concat_ws format md5 sha256 encode decode quote_ident quote_literal',
    'abs round floor ceil ceiling trunc mod power sqrt sign div gen_random_uuid uuidv7 uuidv4 to_tsvector setweight to_json to_jsonb json_build_object jsonb_build_object',
    'jsonb_set jsonb_strip_nulls row_to_json array_length cardinality array_append array_remove current_setting row array cast',
    'varchar char character numeric decimal timestamp timestamptz time bit',
    'if elsif elseif when then and or not in any all return raise exception case else between like ilike is exit while using as',
  ].flatMap((line) => line.split(' ')),
);

/** The result is undefined where the function may do more than set fields of its row and raise errors. */
export function readTriggerBody(body: string, own: ReadonlySet<string>): TriggerBody | undefined {
  const words = readWords(body);
  if (!isHarmless(words, own)) return undefined;
  const assigned: string[] = [];
  for (const [at, word] of words.entries()) {
    const begins = at === 0 || /^(;|begin|then|else|loop|>>)$/.test(words[at - 1] ?? '');
    if (!begins || word !== 'new') continue;
    if (words[at + 1] !== '.') return undefined;
    assigned.push(unquote(words[at + 2] ?? ''));
  }
  const keeps = words.every((word, at) => word !== 'return' || words[at + 1] === 'old');
  return { assigned, keeps };
}

export function isHarmlessExpression(expression: string, own: ReadonlySet<string>): boolean {
  return isHarmless(readWords(expression), own);
}

function isHarmless(words: readonly string[], own: ReadonlySet<string>): boolean {
  return words.every((word, at) => {
    const before = words[at - 1];
    if (reaching.test(word) && before !== '.') return word === 'from' && before === 'distinct';
    const isCall = words[at + 1] === '(' && /^["\p{L}_]/u.test(word);
    return !isCall || (harmless.has(word) && !own.has(word) && (before !== '.' || words[at - 2] === 'pg_catalog'));
  });
}

function unquote(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word;
}

/** The words of a body. Every string is `''`, since its contents are not read. */
function readWords(text: string): readonly string[] {
  return Array.from(lex(text)).flatMap(({ kind, start, end }) => {
    if (kind === 'comment') return [];
    if (kind === 'string' || kind === 'dollar') return ["''"];
    const word = text.slice(start, end);
    return [kind === 'word' ? word.toLowerCase() : word];
  });
}
