/** SQL that is run together. Without a heading it goes on in the revision of what stands before it. */
export interface WayPart {
  /** Says when and how, in the words that stand in the comment above the SQL. */
  readonly heading?: string;
  readonly sql: readonly string[];
}

/** A safe way, from the first part to the last. */
export type Way = readonly WayPart[];

export function run(...sql: readonly string[]): WayPart {
  return { sql };
}

export function under(heading: string, ...sql: readonly string[]): WayPart {
  return { heading, sql };
}

/** Locks are held to the end of a transaction, and what comes now takes long. */
export function later(...sql: readonly string[]): WayPart {
  return under('in a revision of its own, so that the lock is not held:', ...sql);
}

export function outsideTransaction(...sql: readonly string[]): WayPart {
  return under('in a revision of its own, with "-- updown: no-transaction" at the head:', ...sql);
}

/** The same under a heading, where there is anything. */
export function after(heading: string, [first, ...rest]: Way): Way {
  return first === undefined ? [] : [under(heading, ...first.sql), ...rest];
}

/** Said beside the SQL, not above it. */
export function note(words: string): string {
  return `-- (${words})`;
}

/** What has no SQL is left out. */
export function renderWay(way: Way): string {
  return way
    .filter(({ sql }) => sql.length > 0)
    .flatMap(({ heading, sql }) => [...(heading === undefined ? [] : [comment(heading)]), ...sql])
    .join('\n');
}

function comment(words: string): string {
  return words
    .split('\n')
    .map((line) => `-- ${line}`)
    .join('\n');
}
