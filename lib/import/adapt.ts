import { isUpdownError, type UpdownError } from '../errors.ts';
import type { Direction } from '../graph/revision.ts';
import { inspect } from '../sql/gate.ts';
import { placeAt } from '../sql/locate.ts';
import { readSql } from '../sql/read.ts';
import type { SqlSource } from '../sql/source.ts';
import type { Decision } from './foreign.ts';
import { type ForeignStatement, readStatements } from './statement.ts';
import { commentOut, findWrapping } from './transaction.ts';

/** A file as the project will hold it, and what was settled on the way. */
export interface Adapted {
  readonly text: string;
  readonly notes: readonly Note[];
}

export type Note = Pick<Decision, 'kind' | 'line' | 'message' | 'hint'>;

/** How the tool would have run the file. */
export interface Manner {
  readonly direction: Direction;
  /** False where the history asks to run it outside a transaction. */
  readonly transactional: boolean;
}

/** Changes as little as lets the file pass the gate; one that can't be made to pass is kept as it is. The parser must be loaded. */
export function adapt(source: SqlSource, manner: Manner): Adapted {
  const statements = attempt(() => readStatements(source));
  if (isUpdownError(statements)) return { text: source.text, notes: [noteRefused(statements)] };
  if (statements.length === 0)
    return { text: sayEmpty(source.text, manner.direction), notes: [empty(manner.direction)] };
  const wrapping = findWrapping(statements);
  if (wrapping.kind === 'mixed') {
    const { at, problem } = wrapping;
    const line = placeAt(source, at.start).line;
    return { text: source.text, notes: [refused(problem, line, mixedHint)] };
  }
  const verbs = wrapping.kind === 'whole' ? wrapping.verbs : [];
  const outside = leaveTransaction(source, statements, manner, verbs);
  const directive = outside && !source.directives.noTransaction ? '-- updown: no-transaction\n' : '';
  const text = directive + commentOut(source, verbs);
  const flaw = attempt(() => inspect(readSql(Buffer.from(text), source.file), manner));
  if (isUpdownError(flaw))
    return { text: source.text, notes: [refused(flaw.message, lineBefore(flaw, directive), flaw.hint)] };
  const notes = [
    verbs.length > 0 && unwrapped(source, verbs),
    verbs.length === statements.length && empty(manner.direction),
    outside,
  ];
  return { text, notes: notes.filter((note) => note) as Note[] };
}

const mixedHint =
  'Take the words about transactions out by hand: a file runs in one transaction. What must be committed in between goes into another revision.';

/** Gives what is wrong with the input as a value; all else is thrown. */
export function attempt<T>(body: () => T): T | UpdownError {
  try {
    return body();
  } catch (error) {
    if (isUpdownError(error) && error.code === 'input') return error;
    throw error;
  }
}

/** A file that stays as it is, and why. */
export function noteRefused({ message, place, hint }: UpdownError): Note {
  return refused(message, place?.line, hint);
}

function refused(problem: string, line?: number, hint?: string): Note {
  const message = `kept as it is, and no run will send it: ${problem}`;
  return { kind: 'refused', message, line, hint };
}

function lineBefore({ place }: UpdownError, directive: string): number | undefined {
  return place && place.line - (directive === '' ? 0 : 1);
}

/** A blank file would be refused as forgotten; in another tool's history it means that there is nothing to do. */
function sayEmpty(text: string, direction: Direction): string {
  if (!/^[\s;]*$/.test(text)) return text;
  return `-- Empty in the history this comes from: nothing is ${direction === 'up' ? 'done' : 'undone'}.\n${text}`;
}

function empty(direction: Direction): Note {
  return {
    kind: 'empty',
    message: direction === 'up' ? 'it has no statement' : 'it has no statement: going back changes nothing',
    hint: direction === 'down' ? 'Put "-- updown: irreversible" at its head if there is no way back.' : undefined,
  };
}

/** A file with a transaction of its own runs in one, whatever its tool was told; what can't, can't. */
function leaveTransaction(
  source: SqlSource,
  statements: readonly ForeignStatement[],
  { transactional }: Manner,
  verbs: readonly ForeignStatement[],
): Note | undefined {
  const reason = statements.find((statement) => !statement.transactional);
  if (!reason && (transactional || verbs.length > 0)) return undefined;
  const count = statements.length - verbs.length;
  return {
    kind: 'no-transaction',
    line: reason && placeAt(source, reason.start).line,
    message: `runs outside a transaction ${reason ? `because of ${reason.label}` : 'because its history asks for it'}`,
    hint:
      count > 1
        ? `Its ${count} statements are committed one by one: give those that can share a transaction a revision of their own.`
        : undefined,
  };
}

function unwrapped(source: SqlSource, verbs: readonly ForeignStatement[]): Note {
  const line = placeAt(source, verbs[0]?.start ?? 0).line;
  if (verbs.length === 2)
    return { kind: 'own-transaction', line, message: 'its own BEGIN and COMMIT are comments now' };
  const count = verbs.length / 2;
  return {
    kind: 'own-transaction',
    line,
    message: `its ${count} transactions became one; their BEGIN and COMMIT are comments now`,
    hint: 'Locks are held until the last statement. Split the revision where that is too long.',
  };
}
