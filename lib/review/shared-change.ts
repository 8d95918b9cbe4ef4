/** What a transaction did to the shared catalogs. */
export interface Undoing {
  /** Roles that it created. They stay until scratch is dropped. */
  readonly made: readonly { readonly oid: number; readonly name: string }[];
  /** What existed and was changed, described as `role app`, with the SQL that restores it. */
  readonly changed: readonly { readonly what: string; readonly sql: string }[];
}

export type Changed = Undoing['changed'];
export type Kind = 'ROLE' | 'DATABASE' | 'TABLESPACE';
export type IsOurs = (kind: Kind, name: string | null) => boolean;

/** Whether two flat values are equal. */
export function isSame(a: object | undefined, b: object | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
