/** `1 step`, `2 steps`: so many of them. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${agree(count, one, many)}`;
}

/** The word as it stands beside so many: `step` or `steps`, `is` or `are`. */
export function agree(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

/** `"a", "b" and 3 more`: names in a message, however many there are. */
export function listNames(names: readonly string[], most = 6): string {
  return listSome(
    names.map((name) => `"${name}"`),
    most,
  );
}

/** `a, b and 3 more` */
export function listSome(items: readonly string[], most: number): string {
  const more = items.length - most;
  return `${items.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `a, b and c` */
export function listAll(items: readonly string[], joint: 'and' | 'or' = 'and'): string {
  return [items.slice(0, -1).join(', '), ...items.slice(-1)].filter((part) => part !== '').join(` ${joint} `);
}

/** Where a database or a script stands: below the first revision is `base`. */
export function printHeads(heads: readonly string[]): string {
  return heads.length === 0 ? 'base' : heads.join(', ');
}

/** Columns a text takes in a terminal. Where terminals disagree (joined emoji), the larger number: a line never wraps. */
export function displayWidth(text: string): number {
  if (isPlain(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemesOf(text)) width += graphemeWidth(segment);
  return width;
}

/** The text, or as much of its beginning as fits with the ellipsis behind it; never half a character. */
export function cutText(text: string, width: number, ellipsis: string): string {
  if (displayWidth(text) <= width) return text;
  if (ellipsis.length > width) return '';
  if (isPlain(text)) return text.slice(0, width - ellipsis.length).trimEnd() + ellipsis;
  let room = width - ellipsis.length;
  let kept = '';
  for (const { segment } of graphemesOf(text)) {
    room -= graphemeWidth(segment);
    if (room < 0) break;
    kept += segment;
  }
  return kept.trimEnd() + ellipsis;
}

/** The text, or the words of its beginning that fit with the ellipsis behind them. */
export function cutWords(text: string, width: number, ellipsis: string): string {
  const cut = cutText(text, width, ellipsis);
  if (cut === text) return text;
  const kept = cut.slice(0, cut.length - ellipsis.length);
  const last = kept.lastIndexOf(' ');
  return last <= 0 || text[kept.length] === ' ' ? cut : kept.slice(0, last).trimEnd() + ellipsis;
}

let segmenter: Intl.Segmenter | undefined;

// Made when it is first needed: most texts are plain, and making it takes longer than a whole command should.
function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function graphemeWidth(grapheme: string): number {
  let width = 0;
  for (const character of grapheme) width += characterWidth(character);
  // U+FE0F asks for the emoji form of a character that is narrow without it.
  return grapheme.includes('\ufe0f') ? Math.max(2, width) : width;
}

/** Of one code point by itself. */
export function characterWidth(character: string): number {
  if (/^[\p{Mn}\p{Me}\u200b-\u200d\u2060]/u.test(character)) return 0;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x1f1e6 && code <= 0x1f1ff) return 1; // half a flag
  return /^\p{Emoji_Presentation}/u.test(character) || isWide(code) ? 2 : 1;
}

/** East Asian Wide and Fullwidth, https://www.unicode.org/reports/tr11/, in blocks. */
const wideBlocks: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];

function isWide(code: number): boolean {
  return wideBlocks.some(([first, last]) => code >= first && code <= last);
}
