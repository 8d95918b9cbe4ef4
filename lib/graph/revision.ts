/** One line of the manifest: who the revision is and what it stands on. The SQL itself is read only when it is needed. */
export interface Revision {
  readonly id: string;
  readonly parents: readonly string[];
  readonly dependsOn: readonly string[];
  readonly labels: readonly string[];
  /** The folder's name inside `migrations/`, such as `20251024_1740_5cd038a8f131_initial_schema`. */
  readonly folder: string;
  readonly message: string;
  /** Digests of both files, frozen by `seal`. */
  readonly sealed?: { readonly up: string; readonly down: string } | undefined;
  /** Where it stands for several that were there before it. */
  readonly replaces?: Replaced | undefined;
  /** Where an import took it from. */
  readonly source?: { readonly tool: string; readonly version: string; readonly path: string } | undefined;
}

/** What `squash` has made one revision of, which has the id of the last one of them. */
export interface Replaced {
  /** All of them but the last: a database that has recorded these and the last one singly has what the one revision makes. */
  readonly revisions: readonly string[];
  /** What these had replaced themselves: a database may have it singly, too. */
  readonly before: readonly string[];
  /** Digests of the up.sql that the last one had then. */
  readonly up: readonly string[];
  /** A commit that has their files, where git had them. */
  readonly commit?: string | undefined;
}

/** All that it stands for but for itself, in the order in which they ran. */
export function listReplaced({ before, revisions }: Replaced): readonly string[] {
  return [...before, ...revisions];
}

export type Direction = 'up' | 'down';
