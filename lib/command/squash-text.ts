import { planPieces } from '../autogenerate/piece.ts';
import { printStructure } from '../drift/print-structure.ts';
import { planStructure } from '../drift/structure.ts';
import { UpdownError } from '../errors.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { diff } from '../schema/diff.ts';
import type { Schema } from '../schema/schema.ts';
import { constraintsOneByOne } from '../script/step.ts';
import { findData } from '../sql/data.ts';
import { type Joined, joinFiles } from '../sql/join.ts';
import { sanitizeLine } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import type { Walked } from './squash-roads.ts';

/** The two files of one revision that does what several did. */
export interface Texts {
  readonly up: string;
  readonly down: string;
  /** Whether that is a way back; else its text says why there is none. */
  readonly isReversible: boolean;
}

/** One of several, as it stands. */
export interface Member {
  readonly up: FileUnderTest;
  readonly down: FileUnderTest | NoWayBack;
}

export interface NoWayBack {
  readonly why: string;
  /** Its author has not said so: the file can't be read. */
  readonly isBroken?: true;
}

export function isWayBack(down: Member['down']): down is FileUnderTest {
  return 'inspected' in down;
}

/** A statement about rows, and where it stands. */
export interface DataStatement {
  readonly file: string;
  readonly line: number;
  readonly label: string;
}

export function listData(files: readonly FileUnderTest[]): readonly DataStatement[] {
  return files.flatMap(({ inspected }) =>
    findData(inspected).map(({ line, label }) => ({ file: inspected.source.file, line, label })),
  );
}

/** Why none of it can be taken back; undefined where all of it can. Written anew, a way back needs none of theirs that is broken. */
export function findNoWayBack(
  members: readonly Member[],
  { isAnew }: { readonly isAnew: boolean },
): string | undefined {
  for (const { down } of members) if (!isWayBack(down) && !(isAnew && down.isBroken)) return down.why;
  return undefined;
}

/** The schema that the last of them leaves, made anew from what was there in front of the first. */
export function writeStructure(message: string, members: readonly Member[], { before, after }: Walked): Texts {
  const owners = new Set([after.user]);
  const { dependencies, user } = after;
  const structure = planStructure({ schema: after.schema, dependencies, owners, from: before.schema });
  if (structure.unwritten.length > 0) {
    throw new UpdownError('not-proven', 'What these revisions make can not be written as SQL', {
      hint: 'Nothing was changed. Join their texts instead: add --join.',
      notes: structure.unwritten.slice(0, 10).map(({ subject, why }) => `${subject}: ${why}`),
    });
  }
  const head = titleOf(message, members);
  const why = findNoWayBack(members, { isAnew: true });
  return {
    up: `${head}${printStructure(structure)}`,
    ...(why === undefined ? printUndo(message, before.schema, { ...after, user }) : irreversible(message, why)),
  };
}

/** What was made is dropped again. */
function printUndo(message: string, there: Schema, made: Walked['after']): Back {
  const [from, to] = [made, { schema: there, dependencies: made.dependencies }];
  const pieces = planPieces(diff(to.schema, from.schema), from, to);
  // What goes along with something else has none of its own.
  const lacking = pieces.flatMap(({ words, why }) => (why === undefined ? [] : [`${words}: ${why}`]));
  if (lacking.length > 0) return irreversible(message, lacking.join('; '));
  const statements = pieces.flatMap((piece) => piece.statements).join('\n');
  return { down: `-- Undo: ${sanitizeLine(message)}\n\n${statements}\n`, isReversible: true };
}

/** The texts of all of them, one behind the other; those that take back the other way round. */
export function writeJoined(
  message: string,
  members: readonly Member[],
  {
    drops,
    history,
    stuck,
  }: { readonly drops: boolean; readonly history: readonly FileUnderTest[]; readonly stuck: string | undefined },
): Texts {
  const ups = members.map(({ up }) => toJoined(up, drops));
  const why = findNoWayBack(members, { isAnew: false }) ?? stuck;
  const downs = members.flatMap(({ down }) => (isWayBack(down) ? [toJoined(down, drops)] : [])).reverse();
  const files = [...history, ...members.map(({ up }) => up)];
  // What a revision had put off to the end of its transaction is settled there.
  const defers = files.some(({ inspected }) => /\bdeferrable\b/i.test(inspected.source.text));
  const between = defers && !drops ? constraintsOneByOne : '';
  return {
    up: joinFiles(ups, { between }),
    ...(why === undefined ? { down: joinFiles(downs, { between }), isReversible: true } : irreversible(message, why)),
  };
}

function toJoined({ id, name, inspected }: FileUnderTest, drops: boolean): Joined {
  const dropped: readonly Statement[] = drops ? findData(inspected) : [];
  return { title: `${id} ${name}`, inspected, dropped };
}

function titleOf(message: string, members: readonly Member[]): string {
  return `-- ${sanitizeLine(message)}\n-- In the place of ${members.length} revisions.\n`;
}

type Back = Pick<Texts, 'down' | 'isReversible'>;

function irreversible(message: string, why: string): Back {
  const down = `-- updown: irreversible\n-- ${sanitizeLine(message)}\n-- ${sanitizeLine(why)}\n`;
  return { down, isReversible: false };
}
