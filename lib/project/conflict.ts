import { isDeepStrictEqual } from 'node:util';
import { UpdownError } from '../errors.ts';

/** A manifest of which git has kept both sides, as one text: the lines of both, each revision once. */
export interface Settled {
  readonly text: string;
  /** Of each of its lines, the one it was on. */
  readonly origin: readonly number[];
  /** The line where the two sides begin to differ, and its text. */
  readonly line: number;
  readonly excerpt: string;
  readonly hasMarkers: boolean;
  /** What stands on the side alone that is most likely to be put on the other; none where the markers do not say. */
  readonly newcomers: ReadonlySet<string>;
}

interface Line {
  readonly text: string;
  readonly number: number;
  readonly side: Side;
}

/**
 * Keeps what either side has. Undefined where git has left nothing to settle. Throws `manifest` where a conflict is not whole, and where the
 * two sides say two things of one revision: which of them is meant, nobody but its authors knows.
 */
export function settleConflict(text: string, file: string): Settled | undefined {
  const { lines, markers } = readSides(text.split('\n'), file);
  const { kept, repeated } = unite(lines, file, findNewSide(markers));
  const first = [...markers, ...repeated].sort((a, b) => a.number - b.number)[0];
  if (first === undefined) return undefined;
  return {
    text: kept.map((line) => line.text).join('\n'),
    origin: kept.map((line) => line.number),
    line: first.number,
    excerpt: first.text,
    hasMarkers: markers.length > 0,
    newcomers: findNewcomers(lines, markers),
  };
}

/**
 * `git merge main` on a branch puts that branch's own behind "HEAD", and it goes on top of main's. Where git replays a commit (rebase,
 * cherry-pick), or main takes a branch in, it is the other side that is new. A whole hash is what `git pull` has fetched.
 */
function findNewSide(markers: readonly Line[]): 'ours' | 'theirs' | undefined {
  const label = markers.find(({ text }) => text.startsWith('>'))?.text.replace(/^>+ ?/, '');
  if (label === undefined) return undefined;
  const isUpstream = /^[0-9a-f]{40}$/.test(label) || mainLines.has(label.split('/').at(-1) ?? '');
  return isUpstream ? 'ours' : 'theirs';
}

function findNewcomers(lines: readonly Line[], markers: readonly Line[]): ReadonlySet<string> {
  const side = findNewSide(markers);
  if (side === undefined) return new Set();
  const idsOf = (side: Side) =>
    lines.flatMap((line) => (line.side === side ? [String(readObject(line.text)?.id ?? '')] : []));
  const [own, others] = [idsOf(side), idsOf(side === 'ours' ? 'theirs' : 'ours')];
  return new Set(own.filter((id) => id !== '' && !others.includes(id)));
}

const mainLines: ReadonlySet<string> = new Set(['main', 'master', 'trunk', 'develop', 'dev', 'development', 'HEAD']);

type Side = 'both' | 'ours' | 'base' | 'theirs';

/** The side that a marker begins, and where it may stand. */
const turns: Readonly<Record<string, { readonly to: Side; readonly after: readonly Side[] }>> = {
  '<': { to: 'ours', after: ['both'] },
  '|': { to: 'base', after: ['ours'] },
  '=': { to: 'theirs', after: ['ours', 'base'] },
  '>': { to: 'both', after: ['theirs'] },
};

/** The lines of both sides, without what they have come from (`merge.conflictStyle=diff3`), and the markers. */
function readSides(
  texts: readonly string[],
  file: string,
): { readonly lines: readonly Line[]; readonly markers: readonly Line[] } {
  const lines: Line[] = [];
  const markers: Line[] = [];
  let side: Side = 'both';
  let size = 0;
  for (const [index, text] of texts.entries()) {
    const line = { text, number: index + 1, side };
    const [run = '', sign = ''] = /^([<|=>])\1{6,}/.exec(text) ?? [];
    // What both have come from may be a conflict itself, whose markers are longer.
    if (side === 'base' && run.length !== size) continue;
    if (run === '') {
      if (side !== 'base') lines.push(line);
      continue;
    }
    const turn = turns[sign];
    if (turn === undefined || !turn.after.includes(side)) throw notWhole(line, file);
    if (side === 'both') size = run.length;
    side = turn.to;
    markers.push(line);
  }
  if (side !== 'both') throw notWhole(markers.at(-1)!, file);
  return { lines, markers };
}

function notWhole({ text, number }: Line, file: string): UpdownError {
  return new UpdownError('manifest', 'The conflict that git left in the manifest is not whole', {
    hint: 'Let git write it again: git checkout --merge -- <path of the manifest>',
    place: { file, line: number, column: 1, excerpt: text },
  });
}

/** Each revision once. What can't be read stands as it is, for whoever reads the lines to say so. */
function unite(
  lines: readonly Line[],
  file: string,
  newSide: Side | undefined,
): { readonly kept: readonly Line[]; readonly repeated: readonly Line[] } {
  const kept: Line[] = [];
  const repeated: Line[] = [];
  const places = new Map<string, number>();
  for (const line of lines) {
    const value = readObject(line.text);
    const key =
      value === undefined ? undefined : 'updown' in value ? 'the first line' : `revision ${JSON.stringify(value.id)}`;
    const at = key === undefined ? undefined : places.get(key);
    if (key === undefined || at === undefined) {
      if (key !== undefined) places.set(key, kept.length);
      kept.push(line);
      continue;
    }
    repeated.push(line);
    kept[at] = chooseLine([kept[at]!, line], { key, file, newSide });
  }
  const gone = new Set(kept.flatMap(replacedBy));
  return { kept: kept.filter(({ text }) => !gone.has(readObject(text)?.id)), repeated };
}

/** Where one side has squashed, the other one still has the lines of what is gone. */
function replacedBy({ text }: Line): readonly unknown[] {
  const { replaces } = readObject(text) ?? {};
  const { revisions = [], before = [] } = (replaces ?? {}) as Readonly<Record<string, readonly unknown[]>>;
  return [...revisions, ...before];
}

/** Of two lines that differ in nothing but a seal, the sealed one: it was released on one side. Of two of which one stands for several, that one. */
function chooseLine(
  [one, other]: readonly [Line, Line],
  { key, file, newSide }: { readonly key: string; readonly file: string; readonly newSide: Side | undefined },
): Line {
  const [{ sealed, ...first }, { sealed: otherSealed, ...second }] = [readObject(one.text)!, readObject(other.text)!];
  const isSealedOnce = sealed === undefined || otherSealed === undefined || isDeepStrictEqual(sealed, otherSealed);
  if (isDeepStrictEqual(first, second) && isSealedOnce)
    return sealed === undefined ? { ...one, text: other.text } : one;
  if ((first.replaces === undefined) !== (second.replaces === undefined))
    return first.replaces === undefined ? { ...one, text: other.text } : one;
  // What was there before is what others have, too.
  const old = newSide === undefined ? [] : [one, other].filter(({ side }) => side !== newSide && side !== 'both');
  const likely = old[0] === undefined ? '' : `, most likely line ${old[0].number},`;
  throw new UpdownError(
    'manifest',
    `The two sides of the manifest differ in ${key}: line ${one.number} and line ${other.number}`,
    {
      hint: `Keep the one of the two lines that is right${likely} and run the command again.`,
      place: { file, line: other.number, column: 1, excerpt: other.text },
      notes: [one, other].map(({ number, text }) => `line ${number}: ${text}`),
    },
  );
}

function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null && ('id' in value || 'updown' in value) ? value : undefined;
  } catch {
    return undefined;
  }
}
