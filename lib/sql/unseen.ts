import { UpdownError } from '../errors.ts';
import type { Token } from './lexer.ts';
import { type Located, placeAt } from './locate.ts';
import { escapeCharacter } from './quote.ts';

/**
 * Refuses tokens in which a reader sees other text than the server: what looks like a space or like nothing, and is a letter of a name;
 * direction marks that show a line in another order; a comment that ends within what most viewers show as one line.
 */
export function createLookout(source: Located): (token: Token) => void {
  // Most files are plain ASCII: they are looked at once, and not token by token.
  if (!/[^\t\n\f -~]/.test(source.text)) return () => {};
  return (token) => {
    if (token.kind === 'punctuation' && source.text[token.start] === '\v') throw verticalTab(source, token.start);
    if (token.kind === 'comment') refuseHiddenEnd(source, token);
    if (token.kind === 'word' || token.kind === 'variable') refuseIn(source, token.start, token.end, unseen);
    if (token.kind === 'name') refuseIn(source, token.start, token.end, unseenInQuotes);
    if (token.kind === 'dollar') refuseIn(source, token.start, source.text.indexOf('$', token.start + 1), unseen);
    refuseOpenDirection(source, token);
  };
}

/** Spaces, controls, format characters and all else that takes no ink. The server takes each of them for a letter. */
const unseen = /[\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Whoever quotes a name may mean the space in it. What joins letters, or picks the form of one, shows in them. */
const unseenInQuotes =
  /(?!\p{Zs}|[\t\n\r]|\u200c|\u200d|\p{Variation_Selector})[\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

/** The first character of a name of ours that is not seen, as `U+200B`: in a script nobody could tell what the name is. */
export function findUnseen(name: string): string | undefined {
  const [character] = unseen.exec(name.replaceAll(' ', '')) ?? [];
  return character && nameOf(character);
}

function refuseIn(source: Located, start: number, end: number, pattern: RegExp): void {
  const text = source.text.slice(start, end);
  const [character] = pattern.exec(text) ?? [];
  if (character === undefined) return;
  const offset = start + text.indexOf(character);
  const quoted = pattern === unseenInQuotes;
  throw new UpdownError(
    'input',
    `${quoted ? 'The' : 'An invisible'} character ${nameOf(character)} would be part of a name here`,
    {
      hint: quoted
        ? `Delete it; if the name has it, write the name as U&"…${escapeOf(character)}…".`
        : 'Replace it by a plain space, or delete it; if the name has it, put the name in double quotes.',
      place: placeAt(source, offset),
    },
  );
}

function verticalTab(source: Located, offset: number): UpdownError {
  return new UpdownError('input', 'There is a vertical tab (U+000B) between the words', {
    hint: 'Replace it by a plain space: PostgreSQL takes it for one only from version 16 on.',
    place: placeAt(source, offset),
  });
}

/** A `--` comment ends at a lone carriage return, for the server and for psql. */
function refuseHiddenEnd(source: Located, { start, end }: Token): void {
  const { text } = source;
  if (text[end] !== '\r' || !text.startsWith('--', start)) return;
  const lineEnd = text.indexOf('\n', end);
  if (text.slice(end, lineEnd === -1 ? text.length : lineEnd).trim() === '') return;
  throw new UpdownError('input', 'A carriage return ends this comment, and what follows on the line is run', {
    hint: 'Put a line feed there: save the file with line ends of Unix or Windows.',
    place: placeAt(source, end),
  });
}

const closers: Readonly<Record<string, string>> = {
  ...{ '\u202a': '\u202c', '\u202b': '\u202c', '\u202d': '\u202c', '\u202e': '\u202c' },
  ...{ '\u2066': '\u2069', '\u2067': '\u2069', '\u2068': '\u2069' },
};

/** What is opened and not closed on its line turns round what stands behind the token, too. */
function refuseOpenDirection(source: Located, { kind, start, end }: Token): void {
  const text = source.text.slice(start, end);
  if (!/[\u202a-\u202e\u2066-\u2069]/.test(text)) return;
  let open: { at: number; closer: string }[] = [];
  for (let at = 0; at <= text.length; at++) {
    const character = text[at] ?? '\n';
    const closer = closers[character];
    if (closer !== undefined) open.push({ at, closer });
    else if (open.at(-1)?.closer === character) open.pop();
    else if (character === '\n' && open[0] !== undefined) throw openDirection(source, start + open[0].at, kind);
    if (character === '\n') open = [];
  }
}

function openDirection(source: Located, offset: number, kind: Token['kind']): UpdownError {
  const character = source.text.charAt(offset);
  const closer = nameOf(closers[character] ?? '');
  const hint =
    kind === 'string'
      ? `Write it as an escape, E'…${escapeCharacter(character)}…', or close it with ${closer}.`
      : `Delete it, or close it on its line with ${closer}.`;
  return new UpdownError('input', `The direction mark ${nameOf(character)} reverses the display of what follows it`, {
    hint,
    place: placeAt(source, offset),
  });
}

function nameOf(character: string): string {
  return `U+${codeOf(character).toUpperCase().padStart(4, '0')}`;
}

function escapeOf(character: string): string {
  const code = codeOf(character);
  return code.length > 4 ? `\\+${code.padStart(6, '0')}` : `\\${code.padStart(4, '0')}`;
}

const codeOf = (character: string): string => (character.codePointAt(0) ?? 0).toString(16);
