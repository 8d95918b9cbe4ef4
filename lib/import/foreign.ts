/** Another tool's history as it lies on disk, before anything is decided about it. */
export interface Foreign {
  readonly tool: string;
  /** As the caller named it, for messages. */
  readonly folder: string;
  /** In the order in which that tool would run them. */
  readonly migrations: readonly ForeignMigration[];
  /** What was met while reading: files that are no migrations, settings not understood. */
  readonly decisions: readonly Decision[];
}

export interface ForeignMigration {
  /** As the tool's own ledger writes it. */
  readonly version: string;
  /** The name behind the version, as written. */
  readonly title: string;
  /** The folder or the up file, relative to the history's folder, forward slashes. */
  readonly path: string;
  readonly up: ForeignFile;
  readonly down?: ForeignFile | undefined;
  /** False where the history itself asks to run outside a transaction. */
  readonly transactional: boolean;
}

export interface ForeignFile {
  /** Relative to the history's folder, forward slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * no-down         the history has no way back: `down.sql` refuses
 * empty           a file without a statement
 * no-transaction  runs outside a transaction, each statement on its own
 * own-transaction its own BEGIN and COMMIT were taken out
 * refused         imported as it is, and the run will not send it until someone edits it
 * skipped         no part of the history
 * settings        a setting that was not understood, or that this program understands too
 * line-ends       CRLF inside quotes, where the server would have kept it, becomes LF
 */
export type DecisionKind =
  | 'no-down'
  | 'empty'
  | 'no-transaction'
  | 'own-transaction'
  | 'refused'
  | 'skipped'
  | 'settings'
  | 'line-ends';

/** Something the import settled, for a person to read. */
export interface Decision {
  readonly kind: DecisionKind;
  /** Absent where no migration is concerned. */
  readonly version?: string;
  /** Relative to the history's folder. */
  readonly file: string;
  readonly line?: number | undefined;
  readonly message: string;
  /** What to do about it, where something is left to do. */
  readonly hint?: string | undefined;
}

/** Reads one tool's format. Another tool is another file and a line in `importer.ts`. */
export interface Importer {
  readonly name: string;
  /** What its migrations look like, for messages. */
  readonly example: string;
  read(folder: string): Promise<Foreign>;
}
