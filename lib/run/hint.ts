import type { ServerMessage } from '../database/server-message.ts';

/** What to do next, by SQLSTATE, where we know more than the server's own hint. */
export function hintFor(error: Pick<ServerMessage, 'code' | 'routine' | 'where'>): string | undefined {
  if (error.code === '25001') return hintForTransaction(error);
  return hints[error.code] ?? hints[error.code.slice(0, 2)];
}

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
  '23503': 'Rows point to rows that are not there: mend the data in a statement right before this one.',
  '23505': 'Rows hold the same value twice: mend the data in a statement right before this one.',
  '23514':
    'Rows break the constraint: mend the data in a statement right before this one, or add it NOT VALID and validate it later.',
  '25006': 'Connect to the primary with a role that may write.',
  '2BP01': 'Other objects depend on it: drop those first, in this revision.',
  '2D000':
    'A COMMIT or ROLLBACK inside a procedure or DO needs a file of its own, with `-- updown: no-transaction` at its head.',
  '40P01': 'Two transactions waited for each other, and the server ended this one: run the command again.',
  '42501': 'The role lacks a right: grant it, or connect as the owner of the object.',
  '42P01': 'Is it made by a revision that is not applied here, or in a schema that "settings.search_path" leaves out?',
  '42P07':
    'It is there already: made by hand, or by another tool? If it is what the revision makes, and of an index not INVALID, record it with `updown stamp`.',
  '53': 'The server ran out of a resource. Mend that, then run the command again.',
  '55006':
    'Deferred triggers are pending: put SET CONSTRAINTS ALL IMMEDIATE before the ALTER, or split the revision in two.',
  '55P03': 'Another session holds a lock on the relation: look at pg_stat_activity, or try when it is quiet.',
  '55P04': 'A new enum value may not be used in the transaction that adds it: split the revision in two.',
  '57014': 'Raise it for this file with `-- updown: statement-timeout=10min`, if a statement timeout did this.',
};
