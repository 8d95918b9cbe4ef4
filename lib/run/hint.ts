import type { ServerMessage } from '../database/server-message.ts';

/** What was at work when the server refused: the file's statement, and the revision it is of. */
export interface At {
  readonly statement?: string | undefined;
  readonly revision?: string | undefined;
}

/** What to do next, by SQLSTATE, where we know more than the server's own hint. */
export function hintFor(
  error: Pick<ServerMessage, 'code' | 'routine' | 'where'>,
  { statement, revision }: At = {},
): string | undefined {
  if (error.code === '25001') return hintForTransaction(error);
  if (error.code === '42704' && /^get_role/.test(error.routine ?? '')) return hintForRole;
  if (error.routine === 'parse_extension_control_file') return hintForExtension(statement);
  // What a function or a trigger does says nothing of the statement that called it.
  const manner = error.where === undefined && statement !== undefined ? mannerOf(statement) : 'other';
  const known = rowHints[error.code]?.[manner] ?? hints[error.code] ?? hints[error.code.slice(0, 2)];
  return known?.replace('<revision>', revision ?? '<revision>');
}

/** How a statement meets the rows that break a constraint: it adds the column itself, writes them, takes others away, or finds them there. */
type Manner = 'adds' | 'writes' | 'deletes' | 'other';

function mannerOf(statement: string): Manner {
  if (/^(INSERT|MERGE|COPY|UPDATE)\b/i.test(statement)) return 'writes';
  if (/^(DELETE|TRUNCATE)\b/i.test(statement)) return 'deletes';
  const adds =
    /^ALTER\s+(FOREIGN\s+)?TABLE\b/i.test(statement) &&
    /\bADD\s+(?!(CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)\b)/i.test(statement);
  // What the same statement asks of columns that are there is met by their rows.
  const asks =
    /\bADD\s+(CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)\b|\bVALIDATE\b|\bSET\s+NOT\s+NULL\b|\bTYPE\b|\bATTACH\b/i.test(
      statement,
    );
  return adds && !asks ? 'adds' : 'other';
}

/** An embedded server loads its extensions when it starts. */
function hintForExtension(statement = ''): string {
  const [, name = '<name>'] = namedExtension.exec(statement) ?? [];
  return `An embedded database has the extensions that its url names: write "url": "pglite:.updown/dev?extensions=${name}" into updown.json (several with commas). Any other server must have it installed on its system.`;
}

const namedExtension = /\bEXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?\x22?([\w-]+)/i;

const hintForRole =
  'Roles belong to the server: make it there first, CREATE ROLE <name>, and run the command again. A baseline without owners: updown baseline --no-owner.';

const inSteps = 'add the column without the constraint, fill it in a statement after this one, then add the constraint';

/** Where there are rows that a statement before this one could mend, `hints` says so. */
const rowHints: Readonly<Record<string, Partial<Record<Manner, string>>>> = {
  '23502': {
    adds: 'The table has rows, and the new column is NULL in all of them: give it a DEFAULT; or add it without NOT NULL, fill it in a statement after this one, then SET NOT NULL.',
    writes: 'This statement writes NULL to the column: have it write a value, or give the column a DEFAULT first.',
  },
  '23503': {
    adds: `The table has rows, and what the new column holds in them is in no row of the other table: ${inSteps}.`,
    writes:
      'This statement writes a value that refers to no row: have it write another value, or add the row that it refers to in a statement right before this one.',
    deletes:
      'Rows still refer to what this statement removes: delete those rows, or make them refer to others, in a statement right before this one.',
  },
  '23505': {
    adds: `The table has rows, and the new column holds the same value in several of them: ${inSteps}.`,
    writes:
      'This statement writes a value that exists already, or writes it twice: have it leave that row out, as with ON CONFLICT DO NOTHING, or delete the other row in a statement right before this one.',
  },
  '23514': {
    adds: `The table has rows, and what the new column holds in them breaks the constraint: ${inSteps}.`,
    writes: 'This statement writes rows that break the constraint, or that fit no partition: have it write others.',
  },
};

/** Told apart by the server's routine, since messages may be in any language; `where` is there for what a function or DO runs. */
function hintForTransaction({ routine, where }: Pick<ServerMessage, 'routine' | 'where'>): string | undefined {
  switch (routine) {
    case 'PreventInTransactionBlock':
      return where === undefined
        ? 'PostgreSQL refuses this in a transaction: put `-- updown: no-transaction` at the head of the file.'
        : 'PostgreSQL refuses this in a transaction, a function and a DO: write it as a statement of its own, in a file with `-- updown: no-transaction` at its head.';
    case 'call_enum_check_hook':
    case 'call_bool_check_hook':
    case 'ImportSnapshot':
      return "The step's transaction has begun before the file does, and its mode is fixed: take the SET TRANSACTION out.";
    default:
      return undefined;
  }
}

const hints: Readonly<Record<string, string>> = {
  '22P05': "The database's encoding has no such character: use a database in UTF8.",
  '23502': 'Rows hold NULL there: fill them in a statement right before this one.',
  '23503': 'Rows refer to rows that do not exist: correct the data in a statement right before this one.',
  '23505': 'Rows hold the same value twice: correct the data in a statement right before this one.',
  '23514':
    'Rows break the constraint: correct the data in a statement right before this one, or add it NOT VALID and validate it later.',
  '25006': 'Connect to the primary with a role that may write.',
  '2BP01': 'Other objects depend on it: drop those first, in this revision.',
  '2D000':
    'A COMMIT or ROLLBACK inside a procedure or DO needs a file of its own, with `-- updown: no-transaction` at its head.',
  '40P01': 'Two transactions waited for each other, and the server ended this one: run the command again.',
  '42501': 'The role lacks a privilege: grant it, or connect as the owner of the object.',
  '42P01': 'Is it made by a revision that is not applied here, or in a schema that "settings.search_path" leaves out?',
  '42P07':
    'It exists already: was it made by hand, by another tool, or under this name by another revision? If all that this revision makes exists and is valid, record that, and nothing else: updown stamp --only <revision>. If it is an index and INVALID (psql shows so with \\d), drop it with DROP INDEX CONCURRENTLY and run again.',
  '53': 'The server ran out of a resource. Correct that, then run the command again.',
  '55006':
    'Deferred triggers are pending: put SET CONSTRAINTS ALL IMMEDIATE before the ALTER, or split the revision in two.',
  '55P03': 'Another session holds a lock on the relation: look at pg_stat_activity, or try when it is quiet.',
  '55P04': 'A new enum value may not be used in the transaction that adds it: split the revision in two.',
  '57014': 'Raise it for this file with `-- updown: statement-timeout=10min`, if a statement timeout did this.',
};
