import { UpdownError } from '../errors.ts';
import { refuseStray } from './directive.ts';
import { isNameStart, lex, type Token } from './lexer.ts';
import { type Located, placeAt } from './locate.ts';
import { sanitizeLine } from './quote.ts';
import { createSpans } from './spans.ts';
import { createSplitter, type Misreading, type Span, type Splitter } from './split.ts';
import { createLookout } from './unseen.ts';

export interface Scanned {
  readonly spans: readonly Span[];
  /** Nothing, or a semicolon, is the last token. */
  readonly terminated: boolean;
  /** Names that psql would replace (F63). Sorted, unique. */
  readonly variables: readonly string[];
  /** Offset of a parenthesis that the text leaves open. */
  readonly openParenthesis: number | undefined;
  /** Words that psql counts otherwise than the server reads them. */
  readonly misreadings: readonly Misreading[];
}

/** One walk over the tokens: cuts statements, and refuses what is no SQL before the parser or the server trips over it. */
export function scan(source: Located): Scanned {
  const { text } = source;
  const splitter = createSplitter(text);
  const spans = createSpans();
  const variables = new Set<string>();
  const refuseUnseen = createLookout(source);
  let last: Token | undefined;
  for (const token of lex(text)) {
    if (!token.closed) throw unclosed(source, token);
    if (token.forgotten !== undefined) throw forgottenEscapes(source, token.forgotten);
    refuseUnseen(token);
    if (token.kind === 'comment') {
      if (last !== undefined) refuseStray(source, token.start, token.end);
      continue;
    }
    refuseToken(source, splitter, token);
    if (token.kind === 'variable') variables.add(variableIn(source, token));
    const span = splitter.push(token);
    if (span !== undefined) spans.push(span);
    last = token;
  }
  const openParenthesis = splitter.openParenthesis();
  const rest = splitter.rest();
  if (rest !== undefined) spans.push(rest);
  const terminated = last === undefined || text[last.start] === ';';
  const misreadings = splitter.misreadings();
  return { spans: spans.view(), terminated, variables: [...variables].sort(), openParenthesis, misreadings };
}

function refuseToken(source: Located, splitter: Splitter, token: Token): void {
  if (token.kind === 'backslash') throw metaCommand(source, token);
  if (token.kind === 'word') refuseCopyStream(source, splitter, token);
  if (token.kind === 'number' || token.kind === 'parameter') refuseJunk(source, token);
}

/** psql reads a line at a time: on the next one it takes the string for a plain one, where a backslash escapes nothing. */
function forgottenEscapes(source: Located, offset: number): UpdownError {
  return new UpdownError('input', 'psql would end this string at another quote than the server does', {
    hint: "It has forgotten by this line that the string is an E'' one. Write the string in one piece, or put || E in front of this quote.",
    place: placeAt(source, offset),
  });
}

/** A number and a word without a blank between: two tokens before PostgreSQL 15, and an error since. */
function refuseJunk({ file, text }: Located, { end }: Token): void {
  if (!isNameStart(text.charCodeAt(end))) return;
  throw new UpdownError('input', 'A number runs into the word after it', {
    hint: 'Put a space between the two.',
    place: placeAt({ file, text }, end),
  });
}

/** A number (`[1:2]`) is a name, too. What can't be unset for the length of a step is refused. */
function variableIn(source: Located, { start, end }: Token): string {
  const text = source.text.slice(start, end);
  const name = text.replace(/^:(?:\{\?|['"])?|['"}]$/g, '');
  const refuse = (message: string, hint = 'Put a space after the colon.'): never => {
    throw new UpdownError('input', message, { hint, place: placeAt(source, start) });
  };
  if (text.startsWith(':{'))
    refuse(`psql would put TRUE or FALSE in the place of ${text} when it runs the emitted script`, variableHint);
  if (keptByPsql.has(name)) refuse(`psql would put its own variable ${name} here when it runs the emitted script`);
  if (name.startsWith('updown_')) refuse(`The emitted script has its own variables that begin like ${name}`);
  return name;
}

/**
 * Set again after each statement, or going back to a default, with its effect, where they are unset:
 * https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-VARIABLES
 */
const keptByPsql: ReadonlySet<string> = new Set([
  ...['ERROR', 'SQLSTATE', 'ROW_COUNT', 'LASTOID', 'LAST_ERROR_MESSAGE', 'LAST_ERROR_SQLSTATE'],
  ...['SHELL_ERROR', 'SHELL_EXIT_CODE', 'AUTOCOMMIT', 'ON_ERROR_STOP', 'ON_ERROR_ROLLBACK', 'QUIET', 'SINGLELINE'],
  ...['SINGLESTEP', 'FETCH_COUNT', 'ECHO', 'ECHO_HIDDEN', 'VERBOSITY', 'SHOW_CONTEXT', 'SHOW_ALL_RESULTS'],
  ...['HISTCONTROL', 'HISTFILE', 'HISTSIZE', 'IGNOREEOF', 'COMP_KEYWORD_CASE', 'PROMPT1', 'PROMPT2', 'PROMPT3'],
  ...['HIDE_TOAST_COMPRESSION', 'HIDE_TABLEAM', 'WATCH_INTERVAL', 'ENCODING'],
  ...['PIPELINE_SYNC_COUNT', 'PIPELINE_COMMAND_COUNT', 'PIPELINE_RESULT_COUNT'],
]);

/** A quote that one file leaves open can pair up with the next file's (F58). */
function unclosed(source: Located, { kind, start }: Token): UpdownError {
  const { text } = source;
  const place = placeAt(source, start);
  if (kind === 'comment') {
    return new UpdownError('input', 'A comment is opened here and never closed', {
      hint: 'Close it with "*/". Block comments nest: each "/*" inside needs its own.',
      place,
    });
  }
  if (kind === 'dollar') {
    const tag = sanitizeLine(text.slice(start, text.indexOf('$', start + 1) + 1));
    return new UpdownError('input', `The dollar quote ${tag} is opened here and never closed`, {
      hint: `Close it with the same tag, ${tag}.`,
      place,
    });
  }
  const [what, mark] = kind === 'name' ? ['quoted name', '"'] : ['string', "'"];
  const escaped = text.lastIndexOf(`\\${mark}`, start) !== -1;
  return new UpdownError('input', `A ${what} is opened here and never closed`, {
    hint: escaped
      ? `A backslash does not escape a quote in a plain string: double it (''), or write E'…\\''.`
      : `Close it with ${mark}; a ${mark} inside is written twice.`,
    place,
  });
}

/** Outside quotes a backslash is never SQL: it is psql's, and an emitted script would run it (F47). */
function metaCommand(source: Located, { start }: Token): UpdownError {
  const command = /^\\[A-Za-z]*/.exec(source.text.slice(start, start + 40))?.[0] ?? '\\';
  const shown = command === '\\' ? sanitizeLine(source.text.slice(start, start + 2)) : command;
  return new UpdownError('input', `"${shown}" is a psql command, not SQL`, {
    hint: hints[command] ?? 'Take it out: a migration is plain SQL, and the server knows no backslash commands.',
    place: placeAt(source, start),
  });
}

const restrictHint = 'pg_dump writes \\restrict and \\unrestrict around its dumps: delete both lines.';
const connectHint = 'Remove it: the database is the one of --url. Use a separate project for the other database.';
const includeHint = "Put that file's SQL here instead: what was reviewed has to be all that runs.";
const variableHint = 'Write the value out: psql variables and conditions mean nothing to the server.';
const rowsHint = 'Write the rows as INSERT statements (pg_dump: --inserts), or COPY from a file on the server.';

const hints: Readonly<Record<string, string>> = {
  '\\restrict': restrictHint,
  '\\unrestrict': restrictHint,
  '\\connect': connectHint,
  '\\c': connectHint,
  '\\i': includeHint,
  '\\ir': includeHint,
  '\\include': includeHint,
  '\\copy': rowsHint,
  '\\set': variableHint,
  '\\if': variableHint,
  '\\gset': variableHint,
};

/** COPY with the client as the other end: data in the text is no SQL, without data the session waits for ever (F48, F49). */
function refuseCopyStream(source: Located, splitter: Splitter, token: Token): void {
  if (splitter.words()[0] !== 'copy' || splitter.openParenthesis() !== undefined) return;
  const direction = splitter.previous();
  const word = source.text.slice(token.start, token.end);
  if ((direction !== 'from' && direction !== 'to') || !/^std(?:in|out)$/i.test(word)) return;
  const reads = direction === 'from';
  throw new UpdownError('input', `COPY ${direction.toUpperCase()} ${word.toUpperCase()} cannot run in a migration`, {
    hint: reads ? rowsHint : 'Take it out: a migration has nowhere to send rows to, and errors after it would be lost.',
    place: placeAt(source, token.start),
  });
}
