/** What a transaction did to the shared catalogs. */
export interface Undoing {
  /** Roles that it made: they stay until scratch is dropped. */
  readonly made: readonly { readonly oid: number; readonly name: string }[];
  /** What was there and is not as it was: told as `role app`, with the SQL that puts it back. */
  readonly changed: readonly { readonly what: string; readonly sql: string }[];
}

export type Changed = Undoing['changed'];
export type Kind = 'ROLE' | 'DATABASE' | 'TABLESPACE';
export type IsOurs = (kind: Kind, name: string | null) => boolean;

/** Both are flat values. */
export function isSame(a: object | undefined, b: object | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
