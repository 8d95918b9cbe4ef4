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
  /** Where an import took it from. */
  readonly source?: { readonly tool: string; readonly version: string; readonly path: string } | undefined;
}

export type Direction = 'up' | 'down';
