import { SendError, type SendOptions, type Session } from '../database/session.ts';
import { begin } from '../script/block.ts';
import type { Signal } from '../signal.ts';
import { lex } from '../sql/lexer.ts';
import { createSplitter } from '../sql/split.ts';

/**
 * A session on which the commands of a message that opens a transaction are sent one by one, as psql sends a script. What it resolves to, and
 * what a failure says of its place, is that of the whole text. Where it fails in between, the transaction is left open and aborted, as it is
 * behind a message of several commands that begins one.
 */
export function oneByOne(session: Session, signal: Signal | undefined): Session {
  let completed: readonly string[] | undefined;
  return {
    ...session,
    completed: () => completed ?? session.completed(),
    send: async (parts, options) => {
      const text = typeof parts === 'string' ? parts : parts.join('');
      completed = undefined;
      if (!text.includes(begin)) return session.send(text, options);
      const sent = await sendPieces(session, text, options, signal);
      completed = sent.tags;
      return sent.rows;
    },
  };
}

async function sendPieces(
  session: Session,
  text: string,
  options: SendOptions | undefined,
  signal: Signal | undefined,
): Promise<{ readonly rows: Awaited<ReturnType<Session['send']>>; readonly tags: readonly string[] }> {
  const rows: Awaited<ReturnType<Session['send']>>[number][] = [];
  const completed: string[] = [];
  const tags: string[] = [];
  const inBytes = session.parameters.get('server_encoding') === 'SQL_ASCII';
  for (const { start, end, commands } of cutPieces(text)) {
    // A request to cancel that comes between two messages cancels nothing (F15).
    if (signal?.aborted) throw new SendError('It was not sent', { completed });
    try {
      rows.push(...(await session.send(text.slice(start, end), options)));
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      throw widen(error, completed, measure(text.slice(0, start), inBytes));
    }
    completed.push(...commands);
    tags.push(...session.completed());
  }
  return { rows, tags };
}

interface Piece {
  readonly start: number;
  readonly end: number;
  /** A word for each command in it: only how many have been completed counts. */
  readonly commands: readonly string[];
}

/** Pure. Settings in front of BEGIN are for its transaction only where they come in one message with it. */
export function cutPieces(text: string): readonly Piece[] {
  const splitter = createSplitter(text);
  const pieces: Piece[] = [];
  const opening = text.indexOf(begin) + begin.trimEnd().length;
  const commands: string[] = [];
  for (const token of lex(text)) {
    if (token.kind === 'comment') continue;
    const span = splitter.push(token);
    if (span !== undefined) add(span);
  }
  const rest = splitter.rest();
  if (rest !== undefined) add(rest);
  return pieces;

  function add({ start, stop, words }: { start: number; stop: number; words: readonly string[] }): void {
    commands.push(words[0]?.toUpperCase() ?? '');
    if (stop < opening) return;
    const isFirst = pieces.length === 0;
    const own = isFirst ? commands.slice() : commands.slice(-1);
    pieces.push({ start: isFirst ? 0 : start, end: stop, commands: own });
  }
}

function widen(error: SendError, completed: readonly string[], before: number): SendError {
  const { fields, lost, fatal, timedOut, garbled } = error;
  const position = fields?.position === undefined ? undefined : fields.position + before;
  return new SendError(error.message, {
    fields: fields && { ...fields, position },
    completed: [...completed, ...error.completed],
    lost,
    fatal,
    timedOut,
    garbled,
  });
}

/** The server counts characters, or bytes where it knows no encoding. */
function measure(text: string, inBytes: boolean): number {
  return inBytes ? Buffer.byteLength(text) : [...text].length;
}
