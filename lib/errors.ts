/** Every error the program raises on purpose, and the exit status each one ends in. The list is closed and documented in docs/errors.md. */
const exitOfCode = {
  // 1: the SQL or the server failed; the ledger says what stands
  sql: 1,
  connection: 1,
  privilege: 1,
  internal: 1,

  // 2: usage, configuration, manifest or file; nothing was sent
  usage: 2,
  config: 2,
  manifest: 2,
  input: 2,
  'no-project': 2,
  exists: 2,
  'unsafe-path': 2,
  unwritable: 2,
  'duplicate-id': 2,
  'duplicate-label': 2,
  'unknown-parent': 2,
  'missing-dependency': 2,
  cycle: 2,
  'dependency-cycle': 2,
  'multiple-heads': 2,
  'not-a-head': 2,
  'unknown-revision': 2,
  'ambiguous-revision': 2,
  'not-in-branch': 2,
  'relative-out-of-range': 2,
  'ambiguous-walk': 2,
  'bad-range': 2,
  'not-an-ancestor': 2,
  'invalid-downgrade-target': 2,
  'duplicate-revisions': 2,
  'sql-downgrade-needs-range': 2,
  'purge-not-allowed-offline': 2,
  irreversible: 2,
  sealed: 2,
  git: 2,
  'needs-yes': 2,
  'not-development': 2,
  'look-alike': 2,
  'missing-package': 2,
  'not-closed': 2,
  'holds-data': 2,
  'not-proven': 2,
  uncommitted: 2,

  // 4: the database is not in the state this needs
  applied: 4,
  edited: 4,
  late: 4,
  'unknown-applied': 4,
  'half-way': 4,
  unfinished: 4,
  'wrong-project': 4,
  'wrong-start': 4,
  'digest-differs': 4,
  'not-approved': 4,
  'newer-ledger': 4,
  'other-major': 4,
  'foreign-ledger': 4,
  'read-only': 4,
  pooler: 4,
  'not-empty': 4,
  'hidden-ledger': 4,
  'damaged-ledger': 4,
  drift: 4,
  needed: 4,

  // 5: the lock could not be acquired in time
  busy: 5,

  interrupted: 130,
} as const;

export type ErrorCode = keyof typeof exitOfCode;

export const errorCodes = Object.keys(exitOfCode) as readonly ErrorCode[];

/** Where the cause stands: a file as shown to people, 1-based line and column, and the text of that line. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly excerpt?: string | undefined;
}

export interface ErrorDetails {
  /** What to do next, one or two sentences or a command. */
  readonly hint?: string | undefined;
  readonly place?: Place | undefined;
  readonly cause?: unknown;
  /** The server's own code and words, where a server spoke. */
  readonly sqlstate?: string | undefined;
  /** Further lines worth reading (DETAIL, CONTEXT, other offenders), each one line. */
  readonly notes?: readonly string[] | undefined;
  /** No server was there yet: another try, a moment later, may find one. */
  readonly mayCome?: boolean | undefined;
  /** The revision at fault, for whoever knows on which line of the manifest it stands. */
  readonly subject?: string | undefined;
}

/** An error meant for people: it has a code, names the thing, shows the place and says what to do next. */
export class UpdownError extends Error {
  override readonly name: string = 'UpdownError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  readonly sqlstate: string | undefined;
  readonly notes: readonly string[];
  readonly subject: string | undefined;
  readonly mayCome: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.place = details.place;
    this.sqlstate = details.sqlstate;
    this.notes = details.notes ?? [];
    this.subject = details.subject;
    this.mayCome = details.mayCome ?? false;
  }

  get exitStatus(): number {
    return exitOfCode[this.code];
  }

  /** The same error, in which these details take the place of its own. */
  with(details: ErrorDetails): UpdownError {
    const { hint, place, sqlstate, notes, subject, mayCome, cause } = this;
    const own: Required<ErrorDetails> = { hint, place, sqlstate, notes, subject, mayCome, cause };
    return new UpdownError(this.code, this.message, { ...own, ...details });
  }
}

export function isUpdownError(error: unknown): error is UpdownError {
  return error instanceof UpdownError;
}
