import type { Revision } from './revision.ts';

/** What the graph needs of a revision; the manifest's own type satisfies it. */
export type Node = Pick<Revision, 'id' | 'parents' | 'dependsOn' | 'labels' | 'folder' | 'replaces'>;

/** A validated DAG. Made once, never changed; every look-up is a map. */
export interface Graph<N extends Node = Node> {
  /** In the one fixed order: parents and dependencies first, then the older folder time, then the smaller id. */
  readonly order: readonly string[];
  readonly nodes: ReadonlyMap<string, N>;
  /** Position in `order`. */
  readonly position: ReadonlyMap<string, number>;
  /** By parent pointers only, in `order`. */
  readonly children: ReadonlyMap<string, readonly string[]>;
  /** By depends_on only, in `order`. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
  /** dependsOn with labels resolved to ids. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** Label to the id that carries it. */
  readonly labels: ReadonlyMap<string, string>;
}
