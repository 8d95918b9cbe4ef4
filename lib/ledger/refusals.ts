import type { ErrorCode } from '../errors.ts';

/** Errors that the ledger's routines and the preflight of a script raise: a class of our own, so that a runner can tell them apart. */
export const raised = {
  busy: 'UD001',
  moved: 'UD002',
  wrongProject: 'UD003',
  wrongStart: 'UD004',
  edited: 'UD005',
  readOnly: 'UD006',
  transactionEnded: 'UD007',
  invalidIndex: 'UD008',
  unfinished: 'UD009',
  unsupported: 'UD010',
  blind: 'UD011',
  reading: 'UD012',
  notEmpty: 'UD013',
  hidden: 'UD014',
  unrecorded: 'UD015',
  ledgerChanged: 'UD016',
  foreignSchema: 'UD017',
  newerLedger: 'UD018',
  halfWay: 'UD019',
} as const;

/** The server's own, where it would say the same a little later. */
const noRight = '42501';
const noRole = '42704';

type SqlState = (typeof raised)[keyof typeof raised] | typeof noRight | typeof noRole;

/** What a run calls each of them; `sql` where it is none of these. */
export const codes: Readonly<Partial<Record<string, ErrorCode>>> = {
  [raised.busy]: 'busy',
  [raised.moved]: 'wrong-start',
  [raised.wrongProject]: 'wrong-project',
  [raised.wrongStart]: 'wrong-start',
  [raised.edited]: 'edited',
  [raised.readOnly]: 'read-only',
  [raised.notEmpty]: 'not-empty',
  [raised.unfinished]: 'unfinished',
  [raised.blind]: 'unfinished',
  [raised.hidden]: 'hidden-ledger',
  [raised.unrecorded]: 'damaged-ledger',
  [raised.foreignSchema]: 'foreign-ledger',
  [raised.newerLedger]: 'newer-ledger',
  [raised.halfWay]: 'half-way',
  25006: 'read-only',
};

/** For which clients a script is. */
export type Flavor = 'psql' | 'plain';

/** One reason to stop. `%1$s` and so on stand for what is said of the case, `{schema}` and the like for what is known of the ledger. */
export interface Refusal {
  readonly sqlstate: SqlState;
  readonly message: string;
  readonly hint: string;
}

const unchanged = 'Nothing was changed.';
/** A run plans anew by itself: this is for the operator of a script, which others have overtaken. */
const emitAnew = 'Nothing of this step was done. Emit a script from where the database stands: updown status.';
const fromWhere = `${unchanged} Emit a script from where the database stands: updown status.`;
const alreadyOpen = 'a transaction is open already: psql -1 (--single-transaction), a BEGIN before this script, or';
const outside = `${unchanged} Run the script outside of a transaction`;
const notKept = 'the entry %1$s of %2$s was not kept as it was made, as the newest one of the journal';
const goneWords =
  'cannot go on with %1$s of %2$s at statement %3$s in another session: what those before it made is gone with theirs (%4$s)';
const again =
  'To begin again, once what they did is undone by hand: %5$s1. Or finish by hand and record that: updown stamp --%7$s %2$s';
const look = 'Look at the database; then run again with';
const bootstrap = 'Have its owner run the script of: updown upgrade --sql{flavor} --bootstrap{option} --grant-to %2$s';

/** Of tables that were there before the ledger, with `%s` for the names of revisions: a run and a script say the same. */
export const madeWords = {
  all: 'Is it the right database? If all of these revisions made those tables, record that: updown stamp %s.',
  part: ' If only the revisions up to another one did, name that one instead (%s).',
  apart: 'If the tables have nothing to do with these revisions',
} as const;

/** Raised by the text of a script itself, where there may be no ledger to ask. */
export type HeadReason =
  | 'no right to use'
  | 'no right to make it there'
  | 'no right to make it'
  | 'foreign schema'
  | 'open transaction here'
  | 'not the owner'
  | 'other version'
  | 'lacks the rest'
  | 'no ledger'
  | 'old server'
  | 'being made'
  | 'at work'
  | 'made'
  | 'renewed'
  | 'strings at once'
  | 'no such role'
  | 'forced security'
  | 'step not run'
  | 'half-way';

/** Those of the ledger's own that a script or a run asks for before there is one, too. */
export type SharedReason =
  | 'role'
  | 'rerun'
  | 'standby'
  | 'read-only session'
  | 'wrong project'
  | 'newer ledger'
  | 'not its turn'
  | 'line ends'
  | 'hidden'
  | 'not empty'
  | 'no right to write';

/** All that is refused by who raises it. */
export const refusals: {
  /** By `refuse`, in core.sql. */
  readonly core: Readonly<Record<string, Refusal>>;
  /** By `refuse_step`, in rest.sql. */
  readonly rest: Readonly<Record<string, Refusal>>;
  readonly head: Readonly<Record<HeadReason, Refusal>>;
} = {
  core: {
    'no settings': {
      sqlstate: raised.unsupported,
      message: 'updown.run does not say how this step is to be run',
      hint: `${unchanged} Run the script from its beginning, in one session.`,
    },
    session: {
      sqlstate: raised.reading,
      message:
        'this session would run SQL otherwise than it was reviewed: session_replication_role is %1$s, transform_null_equals is %2$s, array_nulls is %3$s',
      hint: 'They have to be origin, off and on: look at the client, ALTER ROLE and ALTER DATABASE.',
    },
    'temporary tables': {
      sqlstate: raised.unsupported,
      message: 'this session has temporary tables, and a name in the file might mean one of them',
      hint: 'Use a session of its own, or DISCARD TEMP first.',
    },
    'read-only': {
      sqlstate: raised.readOnly,
      message: 'this session cannot write: the server is a standby or the session is read-only',
      hint: 'Connect to the primary with a role that may write.',
    },
    hidden: {
      sqlstate: raised.hidden,
      message: 'a row security policy hides entries of the ledger from this role',
      hint: `${unchanged} As the owner of the ledger: {disabling}`,
    },
    'wrong project': {
      sqlstate: raised.wrongProject,
      message: 'the ledger belongs to project "%1$s", %2$s to "%3$s"',
      hint: `${unchanged} Look whether this is the right database. Two projects in one database need a ledger each: name another schema for this one ("ledger": { "schema": "..." } in updown.json).`,
    },
    'newer ledger': {
      sqlstate: raised.newerLedger,
      message: 'a newer version of updown has made the ledger in schema {schema}',
      hint: `${unchanged} Emit it with the version of updown that the team uses, or a newer one.`,
    },
    moved: { sqlstate: raised.moved, message: 'cannot run %1$s of %2$s: %3$s', hint: emitAnew },
    'transaction ended': {
      sqlstate: raised.transactionEnded,
      message: 'revision %1$s ended its own transaction',
      hint: 'What ran before its COMMIT is committed, and nothing is recorded: undo it by hand, then take the COMMIT or ROLLBACK out of the file.',
    },
    rerun: {
      sqlstate: raised.edited,
      message:
        '%3$s of the statements of %1$s of %2$s have run outside a transaction, and the file would run them again in one',
      hint: 'Put `-- updown: no-transaction` back at its head: the step continues after what has run.',
    },
    'reading changed': {
      sqlstate: raised.reading,
      message: 'revision %1$s has changed client_encoding, standard_conforming_strings or backslash_quote',
      hint: 'Remove that: the SQL after it would be read differently from how it was reviewed.',
    },
    'ledger changed': {
      sqlstate: raised.ledgerChanged,
      message: 'revision %1$s has deleted or changed entries of the ledger, in %2$s',
      hint: 'Remove that from the file: a revision must not truncate, delete from, update or drop what is in the schema of the ledger.',
    },
    'not recorded': {
      sqlstate: raised.unrecorded,
      message: notKept,
      hint: 'Nothing of this step was kept. Look for what changes or hides rows of the journal, then run again.',
    },
    interfered: {
      sqlstate: raised.unrecorded,
      message: notKept,
      hint: 'Nothing of this step was kept. The cause may be: %3$s. Drop or disable it, then run again.',
    },
    'open transaction': {
      sqlstate: raised.unsupported,
      message: `${alreadyOpen} AUTOCOMMIT off`,
      hint: `${outside}; for one transaction over all of it, emit it with --one-transaction.`,
    },
    'open transaction, whole': {
      sqlstate: raised.unsupported,
      message: `${alreadyOpen} AUTOCOMMIT off`,
      hint: `${outside}; it was emitted with --one-transaction, and is one by itself.`,
    },
    'open transaction, plain': {
      sqlstate: raised.unsupported,
      message: `${alreadyOpen} a client without autocommit`,
      hint: `${outside}; for one transaction over all of it, emit it for psql with --one-transaction.`,
    },
    'open transaction, apart': {
      sqlstate: raised.unsupported,
      message: `${alreadyOpen} a client without autocommit`,
      hint: `${outside}: it has a step that can't be in one.`,
    },
    'line ends': {
      sqlstate: raised.reading,
      message: 'this script has CRLF line ends, the one that was emitted had LF',
      hint: `${unchanged} Write it with LF: dos2unix, or "*.sql text eol=lf" in .gitattributes.`,
    },
    role: {
      sqlstate: raised.unsupported,
      message: 'this session has set its role to "%1$s"',
      hint: `${unchanged} Connect as that role, or pin it: "settings": {"role": ...} in updown.json.`,
    },
    standby: { sqlstate: raised.readOnly, message: 'this server is a standby', hint: 'Connect to the primary.' },
    'read-only session': {
      sqlstate: raised.readOnly,
      message: 'this session is read-only (default_transaction_read_only)',
      hint: 'Connect with a role that may write, or lift the setting on the role or the database.',
    },
    'no right to write': {
      sqlstate: noRight,
      message: 'permission denied for table journal: role "%1$s" may not write the ledger',
      hint: bootstrap,
    },
    unfinished: {
      sqlstate: raised.unfinished,
      message: 'revision %1$s was started outside a transaction and is not finished',
      hint: `${unchanged} Finish that one first: updown status says how.`,
    },
    edited: {
      sqlstate: raised.edited,
      message: 'revision %1$s was applied from other SQL than this script holds',
      hint: `${unchanged} Restore its up.sql from git, or, if the edit changes nothing that matters, record it: updown stamp --only %1$s; then emit this script again.`,
    },
    'wrong start': {
      sqlstate: raised.wrongStart,
      message: 'this script starts from %1$s, the database stands at %2$s',
      hint: fromWhere,
    },
    'not empty': {
      sqlstate: raised.notEmpty,
      message:
        'the database has tables (such as %1$s), but no ledger, or an empty one: it is not known what made those tables',
      hint: `${unchanged} ${madeWords.all.replace('%s', '%2$s')}%3$s ${madeWords.apart}, emit this script with --allow-existing.`,
    },
    'edited before': {
      sqlstate: raised.edited,
      message: 'the right revisions are applied, but at least one of them from other SQL than the files hold',
      hint: `${unchanged} updown status says which, and what to do; then emit this script again.`,
    },
    'not its turn': {
      sqlstate: raised.wrongStart,
      message: 'this file is step %1$s of %2$s, and only %3$s of those before it are done',
      hint: `${unchanged} Run the files before it first.`,
    },
    strings: {
      sqlstate: raised.reading,
      message: 'standard_conforming_strings is off: strings would not mean what was reviewed',
      hint: 'ROLLBACK; SET standard_conforming_strings = on; then run this again.',
    },
    'not behind': {
      sqlstate: raised.wrongStart,
      message:
        'cannot run the step of %1$s: the one before it in this script, of %2$s, is not the last thing that was done here',
      hint: `${unchanged} Run the script from its first failure on, or emit one from where the database stands: updown status.`,
    },
    'wrong place': {
      sqlstate: raised.wrongStart,
      message: 'cannot run the step of %1$s: this script does not start where the database stands, at %2$s',
      hint: fromWhere,
    },
    'not done': {
      sqlstate: raised.moved,
      message: 'the script ended, but %1$s is %2$s applied',
      hint: 'Find the first error above; run the script again once its cause is removed.',
    },
  },

  rest: {
    unfinished: {
      sqlstate: raised.unfinished,
      message: '%1$s of %2$s was started outside a transaction and is not finished',
      hint: 'Finish that one first: updown status says how.',
    },
    'told wrongly': {
      sqlstate: raised.blind,
      message: 'cannot go on with %1$s of %2$s at statement %3$s: the ledger has %4$s of %5$s',
      hint: `${look} %6$s%7$s (it has not run) or %6$s%8$s (it has).`,
    },
    'told needlessly': {
      sqlstate: raised.blind,
      message: 'cannot go on with %1$s of %2$s at statement %3$s: the ledger has %4$s of %5$s',
      hint: 'Run again without %9$s: it finds out itself whether the next statement has run. If that one should not run at all, write a comment in its place.',
    },
    'edited within': {
      sqlstate: raised.edited,
      message: '%1$s of %2$s has run up to statement %3$s, and the file has changed there since',
      hint: 'Restore these statements; those after them may be changed.',
    },
    'session gone': {
      sqlstate: raised.blind,
      message: goneWords,
      hint: `If no statement from there on needs it: %5$s%3$s. ${again}`,
    },
    'session gone, asked': {
      sqlstate: raised.blind,
      message: goneWords,
      hint: `If no statement from there on needs it: %5$s%3$s, or %5$s%6$s where statement %3$s has run. ${again}`,
    },
    'invalid index told': {
      sqlstate: raised.blind,
      message: '%1$s: index %2$s is INVALID',
      hint: 'Drop it with DROP INDEX CONCURRENTLY, then run again.',
    },
    blind: {
      sqlstate: raised.blind,
      message: 'statement %1$s of %2$s %3$s may have run or not when the last run broke off, and nothing shows which',
      hint: `${look} %4$s%1$s (it has not run) or %4$s%5$s (it has).`,
    },
    'taken over': {
      sqlstate: raised.moved,
      message: 'cannot go on with %1$s of %2$s after statement %3$s: the ledger stands at %4$s, by pid %5$s',
      hint: 'Another run has taken it over, or a transaction pooler has changed the backend: connect to the server itself.',
    },
    'moved on': {
      sqlstate: raised.moved,
      message: 'cannot go on with %1$s of %2$s after statement %3$s: the ledger stands at %4$s, by pid %5$s',
      hint: 'updown status tells where it stands.',
    },
    'doubtful invalid index': {
      sqlstate: raised.blind,
      message: "index %1$s is INVALID: statement %2$s of %3$s broke off there, or somebody else's build",
      hint: 'Find out whose it is; then DROP INDEX CONCURRENTLY %1$s; and run again.',
    },
    'doubtful index': {
      sqlstate: raised.blind,
      message:
        "index %1$s may be what statement %2$s of %3$s has made before the last run broke off, or somebody else's",
      hint: `${look} %4$s%2$s (it has not run) or %4$s%5$s (it has).`,
    },
    'index skipped': {
      sqlstate: raised.invalidIndex,
      message:
        'statement %1$s of %2$s, on line %3$s: the server skipped CREATE INDEX IF NOT EXISTS %4$s on %5$s, since %6$s has that name',
      hint: 'There is no such index. Give it another name in this statement; or, if none is needed, write a comment that says so in its place. Then run again.',
    },
    'index found invalid': {
      sqlstate: raised.invalidIndex,
      message: 'statement %1$s of %2$s, on line %3$s: found index %4$s on %5$s, and it is INVALID',
      hint: "Somebody's build of it was interrupted: DROP INDEX CONCURRENTLY %4$I; then run again.",
    },
    'index invalid': {
      sqlstate: raised.invalidIndex,
      message: 'index %1$s on %2$s is INVALID',
      hint: 'The next run drops and rebuilds what an interrupted build left; an index that existed before is yours to drop: DROP INDEX CONCURRENTLY.',
    },
    'index missing': {
      sqlstate: raised.invalidIndex,
      message: 'index %1$s on %2$s does not exist',
      hint: 'Find out what happened to it; then run again.',
    },
    'index is another': {
      sqlstate: raised.invalidIndex,
      message: '%1$sindex %2$s on %3$s existed before, and differs: %4$s',
      hint: 'Only the name is the same, and IF NOT EXISTS compares nothing else. Give this one another name, or %5$s; then run again.',
    },
  },

  head: {
    'no right to use': {
      sqlstate: noRight,
      message: 'permission denied for schema {schema}: role "%1$s" may not use the ledger',
      hint: bootstrap,
    },
    'no right to make it there': {
      sqlstate: noRight,
      message: 'permission denied for schema {schema}: role "%1$s" may not make the ledger in it',
      hint: `${unchanged} Have its owner run: GRANT USAGE, CREATE ON SCHEMA {ident} TO %1$I; or the script of: updown upgrade --sql{flavor} --bootstrap{option} --grant-to %2$s`,
    },
    'no right to make it': {
      sqlstate: noRight,
      message: 'permission denied for database %3$s: role "%1$s" may not make the ledger',
      hint: `${unchanged} Have its owner run: GRANT CREATE ON DATABASE %3$I TO %1$I; or the script of: updown upgrade --sql{flavor} --bootstrap{option} --grant-to %2$s`,
    },
    'foreign schema': {
      sqlstate: raised.foreignSchema,
      message: `schema "{schema}" was there before the ledger, with %1$s of role "%2$s", who does not own it: that could act in the ledger's place`,
      hint: `${unchanged} Name another schema for the ledger ("ledger": { "schema": "..." } in updown.json). Or have that dropped, and run: REVOKE CREATE ON SCHEMA {ident} FROM %2$I, PUBLIC;`,
    },
    'open transaction here': {
      sqlstate: raised.unsupported,
      message: `${alreadyOpen} AUTOCOMMIT off`,
      hint: `${outside}.`,
    },
    'not the owner': {
      sqlstate: noRight,
      message:
        'permission denied for schema {schema}: the ledger was made by an older version, or in part, and role "%1$s" does not own it',
      hint: bootstrap,
    },
    'other version': {
      sqlstate: raised.unsupported,
      message: 'the ledger in schema {schema} was made by another version of updown',
      hint: 'Run the script of updown upgrade --sql{flavor} --bootstrap{option} first: it brings the ledger up to date.',
    },
    'lacks the rest': {
      sqlstate: raised.unsupported,
      message: 'the ledger in schema {schema} lacks the routines that %1$s needs',
      hint: `${unchanged} Run the script of updown upgrade --sql{flavor} --bootstrap{option} first: it adds them.`,
    },
    'no ledger': {
      sqlstate: raised.wrongStart,
      message: 'this script starts from %1$s, the database stands at base: it has no ledger',
      hint: fromWhere,
    },
    'old server': {
      sqlstate: raised.unsupported,
      message: 'this script needs PostgreSQL 12 or later, the server is %1$s',
      hint: `${unchanged} Run it on a newer server.`,
    },
    'being made': {
      sqlstate: raised.busy,
      message: 'another migration run is making the ledger',
      hint: 'Wait for it and run this again.%1$s',
    },
    'at work': {
      sqlstate: raised.busy,
      message: 'another run holds the lock',
      hint: 'Wait for it and run this again: updown status says who it is.',
    },
    made: {
      sqlstate: raised.moved,
      message: 'another migration run has made the ledger',
      hint: 'Run this again.',
    },
    renewed: {
      sqlstate: raised.moved,
      message: 'another run has brought the ledger up to date',
      hint: 'Run this again.',
    },
    'strings at once': {
      sqlstate: raised.reading,
      message: 'standard_conforming_strings is off: strings would not mean what was reviewed',
      hint: `${unchanged} ROLLBACK; SET standard_conforming_strings = on; then run this again.`,
    },
    'no such role': {
      sqlstate: noRole,
      message: 'there is no role "%1$s" to grant to',
      hint: `${unchanged} Create it, or name another one.`,
    },
    'forced security': {
      sqlstate: raised.hidden,
      message:
        'FORCE ROW LEVEL SECURITY is set on the tables of the ledger as soon as they are made: role "%1$s" could not read what it writes',
      hint: 'An event trigger does that. As a superuser: %2$s then run again, and enable it again afterwards.',
    },
    'step not run': {
      sqlstate: raised.moved,
      message: '%1$s has not run',
      hint: 'Run the file before this one first.',
    },
    'half-way': {
      sqlstate: raised.halfWay,
      message: 'the database has applied some of what revision %1$s has replaced, and not all of it',
      hint: `${unchanged} %2$s`,
    },
  },
};

/** The row of what more than one of them says. */
export function refusalOf(reason: HeadReason | SharedReason): Refusal {
  const all: Readonly<Record<string, Refusal>> = { ...refusals.core, ...refusals.head };
  return all[reason] as Refusal;
}
