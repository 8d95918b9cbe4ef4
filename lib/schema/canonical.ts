import { lex, type TokenKind } from '../sql/lexer.ts';

/** A text as a tree of its brackets. `gap` is the space in front. */
type Node = Leaf | Group;

interface Leaf {
  readonly gap: string;
  readonly kind: TokenKind;
  readonly text: string;
}

interface Group {
  readonly gap: string;
  readonly open: string;
  readonly items: readonly Node[];
  /** With the space in front of it. */
  readonly close: string;
}

/**
 * An expression or a query as the server prints it, in the form that it keeps when it is sent back to the server and printed again. Three
 * things do not by themselves: `(ARRAY['a'::varchar])::text[]`, which comes from IN, becomes `ARRAY[('a'::varchar)::text]`; a constant
 * without a name in a subquery, `NULL::text`, gets the name of its type, `NULL::text AS text`; `((a OR b) OR c)` becomes `(a OR b OR c)`.
 */
export function canonical(text: string): string;
export function canonical(text: string | null): string | null;
export function canonical(text: string | null): string | null {
  if (text === null || !mayChange.test(text)) return text;
  const known = seen.get(text);
  if (known !== undefined) return known;
  const written = print(rewrite(parse(text)));
  if (seen.size >= most) seen.clear();
  seen.set(text, written);
  return written;
}

/** The same texts stand in many tables, and in each snapshot of a stairway. */
const seen = new Map<string, string>();
const most = 10_000;

/** Most texts have nothing of that: no cast of an array, no name behind a constant, no two of the same word to be joined. */
const mayChange = /\(ARRAY\[.*\]\)::|(?:'|\bNULL)::[^:]+ AS |\bAND\b.*\bAND\b|\bOR\b.*\bOR\b/s;

/** CREATE INDEX without WITH (...): storage parameters stand there in the order they were set in. */
export function withoutStorage(definition: string): string {
  if (!definition.includes(' WITH (')) return definition;
  const items = parse(definition);
  const at = items.findIndex((item, index) => isWord(item, 'WITH') && isGroup(items[index + 1], '('));
  return at === -1 ? definition : print([...items.slice(0, at), ...items.slice(at + 2)]);
}

function parse(text: string): readonly Node[] {
  const stack: { readonly gap: string; readonly open: string; readonly items: Node[] }[] = [];
  let items: Node[] = [];
  let end = 0;
  for (const { kind, start, end: next } of lex(text)) {
    const leaf: Leaf = { gap: text.slice(end, start), kind, text: text.slice(start, next) };
    end = next;
    if (leaf.text === '(' || leaf.text === '[') {
      stack.push({ gap: leaf.gap, open: leaf.text, items });
      items = [];
      continue;
    }
    const outer = leaf.text === ')' || leaf.text === ']' ? stack.pop() : undefined;
    if (outer === undefined) {
      items.push(leaf);
      continue;
    }
    outer.items.push({ gap: outer.gap, open: outer.open, items, close: leaf.gap + leaf.text });
    items = outer.items;
  }
  // A bracket that nothing closes is not the server's writing: the text stays as it is.
  return stack.length === 0 ? items : [{ gap: '', kind: 'word', text }];
}

function print(items: readonly Node[]): string {
  return items
    .map((item) =>
      'items' in item ? `${item.gap}${item.open}${print(item.items)}${item.close}` : item.gap + item.text,
    )
    .join('');
}

/** From the inside out. */
function rewrite(items: readonly Node[]): readonly Node[] {
  const inner = items.map((item) => ('items' in item ? flatten({ ...item, items: rewrite(item.items) }) : item));
  const found: Node[] = [];
  for (let at = 0; at < inner.length; ) {
    const { replacement, length } = castArray(inner, at) ??
      namelessConstant(inner, at) ?? { replacement: [], length: 0 };
    const item = inner[at];
    if (length === 0 && item !== undefined) found.push(item);
    found.push(...replacement);
    at += Math.max(length, 1);
  }
  return found;
}

interface Rewritten {
  readonly replacement: readonly Node[];
  readonly length: number;
}

/** `(ARRAY[a, b])::T[]` */
function castArray(items: readonly Node[], at: number): Rewritten | undefined {
  const group = items[at];
  if (!isGroup(group, '(') || !isOperator(items[at + 1], '::')) return undefined;
  const array = elementsOf(group.items);
  const end = typeEnd(items, at + 2);
  if (array === undefined || end === undefined || !isEmptyBracket(items[end - 1])) return undefined;
  return { replacement: castElements(array, items.slice(at + 2, end - 1), group.gap), length: end - at };
}

function elementsOf(items: readonly Node[]): Group | undefined {
  const [word, elements] = items;
  return items.length === 2 && isWord(word, 'ARRAY') && isGroup(elements, '[') ? elements : undefined;
}

function castElements(array: Group, type: readonly Node[], gap: string): readonly Node[] {
  const elements = splitAt(array.items, (item) => 'text' in item && item.text === ',').flatMap((element, index) => {
    const first = index === 0 ? '' : ' ';
    const nested = elementsOf(element);
    const cast = nested === undefined ? castElement(element, type, first) : castElements(nested, type, first);
    return index === 0 ? cast : [{ gap: '', kind: 'punctuation', text: ',' } as const, ...cast];
  });
  return [
    { gap, kind: 'word', text: 'ARRAY' },
    { ...array, items: elements },
  ];
}

function castElement(element: readonly Node[], type: readonly Node[], gap: string): readonly Node[] {
  if (element.length === 0) return [];
  return [
    { gap, open: '(', items: startingWith('', element), close: ')' },
    { gap: '', kind: 'operator', text: '::' },
    ...startingWith('', type),
  ];
}

/** `NULL::text AS text`, `'x'::character varying AS "varchar"` at the end of an item of a list. */
function namelessConstant(items: readonly Node[], at: number): Rewritten | undefined {
  const value = items[at];
  const isConstant = value !== undefined && 'kind' in value && (value.kind === 'string' || isWord(value, 'NULL'));
  if (!isConstant || !isOperator(items[at + 1], '::')) return undefined;
  const end = typeEnd(items, at + 2);
  if (end === undefined || !isWord(items[end], 'AS')) return undefined;
  const alias = items[end + 1];
  const type = items.slice(at + 2, end);
  if (alias === undefined || 'items' in alias || unquote(alias.text) !== catalogName(type)) return undefined;
  return { replacement: items.slice(at, end), length: end + 2 - at };
}

/** One past the last part of a type's name that begins here. */
function typeEnd(items: readonly Node[], from: number): number | undefined {
  let at = from;
  if (!isName(items[at])) return undefined;
  at++;
  while (isPunctuation(items[at], '.') && isName(items[at + 1])) at += 2;
  while (isTypeWord(items[at]) || isGroup(items[at], '(')) at++;
  while (isEmptyBracket(items[at])) at++;
  return at;
}

/** What pg_type calls it: the name that a cast gives to a column. */
function catalogName(type: readonly Node[]): string {
  const words = type.flatMap((item) => ('items' in item || item.text === '.' ? [] : [item.text]));
  return catalogNames[words.join(' ')] ?? unquote(words.at(-1) ?? '');
}

const catalogNames: Readonly<Record<string, string>> = {
  bigint: 'int8',
  'bit varying': 'varbit',
  boolean: 'bool',
  character: 'bpchar',
  'character varying': 'varchar',
  'double precision': 'float8',
  integer: 'int4',
  real: 'float4',
  smallint: 'int2',
  'time with time zone': 'timetz',
  'time without time zone': 'time',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
};

/** `((a OR b) OR c)`, and the same of AND. */
function flatten(group: Group): Group {
  const joined = joinedBy(group);
  if (joined === undefined) return group;
  const items = group.items.flatMap((item, index) => {
    const alone = isWordOrNone(group.items[index - 1], joined) && isWordOrNone(group.items[index + 1], joined);
    return alone && isGroup(item, '(') && joinedBy(item) === joined ? startingWith(item.gap, item.items) : [item];
  });
  return { ...group, items };
}

function joinedBy({ open, items }: Group): 'AND' | 'OR' | undefined {
  const [and, or] = (['AND', 'OR'] as const).map((word) => items.some((item) => isWord(item, word)));
  if (open !== '(' || and === or) return undefined;
  return and ? 'AND' : 'OR';
}

function isWordOrNone(item: Node | undefined, word: string): boolean {
  return item === undefined || isWord(item, word);
}

function splitAt(items: readonly Node[], isSeparator: (item: Node) => boolean): readonly (readonly Node[])[] {
  const parts: Node[][] = [[]];
  for (const item of items) {
    if (isSeparator(item)) parts.push([]);
    else parts.at(-1)?.push(item);
  }
  return parts;
}

function startingWith(gap: string, [first, ...rest]: readonly Node[]): readonly Node[] {
  return first === undefined ? [] : [{ ...first, gap }, ...rest];
}

function isGroup(item: Node | undefined, open: string): item is Group {
  return item !== undefined && 'items' in item && item.open === open;
}

function isEmptyBracket(item: Node | undefined): boolean {
  return isGroup(item, '[') && item.items.length === 0;
}

function isWord(item: Node | undefined, word: string): boolean {
  return item !== undefined && 'kind' in item && item.kind === 'word' && item.text === word;
}

function isName(item: Node | undefined): boolean {
  return item !== undefined && 'kind' in item && (item.kind === 'word' || item.kind === 'name');
}

/** What follows the first word of a type: `character varying`, `timestamp(3) with time zone`. */
function isTypeWord(item: Node | undefined): boolean {
  return ['varying', 'precision', 'with', 'without', 'time', 'zone'].some((word) => isWord(item, word));
}

function isOperator(item: Node | undefined, text: string): boolean {
  return item !== undefined && 'kind' in item && item.text === text;
}

function isPunctuation(item: Node | undefined, text: string): boolean {
  return isOperator(item, text);
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
