import { type Node, parseText, scan, type Word } from './parser.ts';

/**
 * Changed statements are the user's own text with a word more or less, so that comments and layout stay: where the word may stand is read
 * by PostgreSQL's scanner, and its parser must find in the new text what was asked for and nothing else.
 */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

/** DROP, TRUNCATE, REVOKE and the like without CASCADE; what a foreign key does ON DELETE stays. */
export function withoutCascade(text: string): string {
  let left = text;
  for (;;) {
    const tree = treeOf(left);
    const words = wordsOf(left);
    const next = words
      .flatMap((word, at) => (isKeyword(word, 'cascade') ? withoutWord(left, word, words[at - 1]?.end ?? 0) : []))
      .findLast((edited) => {
        const now = treeOf(edited);
        const isOneLess = countCascades(now) === countCascades(tree) - 1;
        return isOneLess && isSame(now, tree, restrict, restrict) && isClosed(edited);
      });
    if (next === undefined) return left;
    left = next;
  }
}

/** The last is the best: with the space before the word gone, else with all comments before it gone as well, else with nothing else gone. */
function withoutWord(text: string, { start, end }: Word, previous: number): readonly string[] {
  const places = [start, previous, text.slice(0, start).trimEnd().length];
  return places.map((from) => apply(text, [{ from, to: end, by: '' }]));
}

/** A semicolon behind it ends it, and does not stand in a comment. */
function isClosed(text: string): boolean {
  return treeOf(`${text};SELECT`)?.length === 2;
}

const restrict: Change = (fields) => ('behavior' in fields ? { ...fields, behavior: 'DROP_RESTRICT' } : fields);

/** Whether a statement says CASCADE as DROP and TRUNCATE do. */
export function saysCascade(text: string): boolean {
  return countCascades(treeOf(text)) > 0;
}

function countCascades(tree: unknown): number {
  if (typeof tree !== 'object' || tree === null) return 0;
  return Object.entries(tree).reduce(
    (sum, [key, value]) => sum + (key === 'behavior' && value === 'DROP_CASCADE' ? 1 : countCascades(value)),
    0,
  );
}

/** Each column that the statement makes of type json, or gives that type, is of type jsonb; undefined where there is none. */
export function withJsonb(text: string): string | undefined {
  const words = wordsOf(text);
  const edits = typesOfColumns(treeOf(text)).flatMap(({ names = [], location = 0 }): readonly Edit[] => {
    if (names.at(-1)?.String?.sval !== 'json') return [];
    const at = words.findIndex(({ byte }) => byte === location);
    const last = words[at + 1]?.text === '.' ? words[at + 2] : words[at];
    return last === undefined ? [] : [{ from: last.start, to: last.end, by: 'jsonb' }];
  });
  const edited = apply(text, edits);
  // The parser says pg_catalog.json where json alone is written, but jsonb is a name like any other.
  const unnamed: Change = (fields, kind) =>
    kind === 'ColumnDef' && 'typeName' in fields
      ? { ...fields, typeName: { ...(fields.typeName as Fields), names: [] } }
      : fields;
  const isDone = edits.length > 0 && isSame(treeOf(edited), treeOf(text), unnamed, unnamed);
  return isDone ? edited : undefined;
}

interface TypeName {
  readonly names?: readonly { readonly String?: { readonly sval?: string } }[];
  readonly location?: number;
}

function typesOfColumns(tree: unknown): readonly TypeName[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]) =>
    key === 'ColumnDef' && value.typeName !== undefined
      ? [value.typeName as TypeName, ...typesOfColumns(value)]
      : typesOfColumns(value),
  );
}

/** REINDEX or REFRESH MATERIALIZED VIEW with CONCURRENTLY; the text itself where that can't be said. */
export function withConcurrently(text: string): string {
  const option = { DefElem: { defname: 'concurrently', defaction: 'DEFELEM_UNSPEC' } };
  const concurrent: Change = (fields, kind) => {
    if (kind === 'RefreshMatViewStmt') return { ...fields, concurrent: true };
    const { params = [] } = fields as { readonly params?: readonly unknown[] };
    return kind === 'ReindexStmt' ? { ...fields, params: [...params, option] } : fields;
  };
  const edited = wordsOf(text)
    .map(({ end }) => apply(text, [{ from: end, to: end, by: ' CONCURRENTLY' }]))
    .find((one) => isSame(treeOf(one), treeOf(text), concurrent));
  return edited ?? text;
}

/** SET LOCAL, be it of SET, SET SESSION or SET LOCAL; the text itself where it can't be local. */
export function setLocally(text: string): string {
  const [set, session] = wordsOf(text);
  if (set === undefined) return text;
  const local: Change = (fields, kind) => (kind === 'VariableSetStmt' ? { ...fields, is_local: true } : fields);
  const ends = [session?.end ?? set.end, set.end];
  const edited = ends
    .map((end) => apply(text, [{ from: set.end, to: end, by: ' LOCAL' }]))
    .find((one) => isSame(treeOf(one), treeOf(text), local));
  return edited ?? text;
}

/** VACUUM without FULL. */
export function withoutFull(text: string): string {
  const words = wordsOf(text);
  const isPlain = words[1]?.text !== '(';
  const edited = isPlain
    ? withoutWords(
        text,
        words,
        words.findIndex((word) => isKeyword(word, 'full')),
      )
    : optionsLeft(text, words);
  const notFull: Change = (fields, kind) => {
    const { options } = fields as {
      readonly options?: readonly { readonly DefElem?: { readonly defname?: string } }[];
    };
    if (kind !== 'VacuumStmt' || options === undefined) return fields;
    const { options: _, ...rest } = fields;
    const left = options.filter(({ DefElem }) => DefElem?.defname !== 'full');
    return left.length === 0 ? rest : { ...rest, options: left };
  };
  return edited !== undefined && isSame(treeOf(edited), treeOf(text), notFull) ? edited : text;
}

function withoutWords(text: string, words: readonly Word[], at: number): string | undefined {
  const [before, word] = [words[at - 1], words[at]];
  return before === undefined || word === undefined
    ? undefined
    : apply(text, [{ from: before.end, to: word.end, by: '' }]);
}

/** `VACUUM (FULL, ANALYZE)`: the options that are left, as they are written. */
function optionsLeft(text: string, words: readonly Word[]): string | undefined {
  const closing = words.findIndex((word) => word.text === ')');
  const options: Word[][] = [[]];
  for (const word of words.slice(2, closing)) {
    if (word.text === ',') options.push([]);
    else options.at(-1)?.push(word);
  }
  const left = options.filter(([first]) => first !== undefined && !/^"?full"?$/i.test(first.text));
  const written = left.map((option) => text.slice(option[0]?.start, option.at(-1)?.end)).join(', ');
  const [verb, open, close] = [words[0], words[1], words[closing]];
  if (verb === undefined || open === undefined || close === undefined) return undefined;
  return left.length === 0
    ? apply(text, [{ from: verb.end, to: close.end, by: '' }])
    : apply(text, [{ from: open.end, to: close.start, by: written }]);
}

/** What an ALTER TABLE does, behind the table's name; undefined for any other statement. */
export function actionsOf(text: string): string | undefined {
  const [node] = treeOf(text) ?? [];
  const relation = node !== undefined && 'AlterTableStmt' in node ? node.AlterTableStmt.relation : undefined;
  const words = wordsOf(text);
  let at = words.findIndex(({ byte }) => byte === relation?.location);
  if (relation === undefined || at < 0) return undefined;
  while (words[at + 1]?.text === '.') at += 2;
  while (/^[*)]$/.test(words[at + 1]?.text ?? '')) at += 1;
  const first = words[at + 1];
  return first === undefined ? undefined : text.slice(first.start);
}

type Fields = Readonly<Record<string, unknown>>;
type Change = (fields: Fields, kind: string) => Fields;

/** Whether the first is what the second becomes by a change of its nodes, wherever in the text they stand. */
function isSame(edited: unknown, tree: unknown, change: Change, also: Change = (fields) => fields): boolean {
  return edited !== undefined && JSON.stringify(changed(edited, also)) === JSON.stringify(changed(tree, change));
}

function changed(tree: unknown, change: Change, kind = ''): unknown {
  if (Array.isArray(tree)) return tree.map((one) => changed(one, change));
  if (typeof tree !== 'object' || tree === null) return tree;
  const fields = Object.entries(change(tree as Fields, kind)).filter(([key]) => !place.test(key));
  return Object.fromEntries(
    fields.map(([key, value]) => [key, changed(value, change, key)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const place = /(^|_)(location|len|start|end)$/;

function isKeyword({ text, isBare }: Word, keyword: string): boolean {
  return isBare && text.toLowerCase() === keyword;
}

function apply(text: string, edits: readonly Edit[]): string {
  let out = '';
  let at = 0;
  for (const { from, to, by } of edits) {
    out += text.slice(at, from) + by;
    at = to;
  }
  return out + text.slice(at);
}

function wordsOf(text: string): readonly Word[] {
  try {
    return scan(text);
  } catch {
    return [];
  }
}

/** Undefined for what the parser does not know. */
function treeOf(text: string): readonly Node[] | undefined {
  try {
    return parseText(text);
  } catch {
    return undefined;
  }
}
