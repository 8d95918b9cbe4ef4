import { findExpected, readExpected, readExpectedSnapshot, saveExpectedSnapshot } from '../project/expected-schema.ts';
import type { Schema } from '../schema/schema.ts';
import type { Context } from './context.ts';
import type { Live } from './live.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { hashOf } from './schema-hash.ts';
import { sourceOf } from './schema-source.ts';
import { scratchUrlOf } from './scratch-url.ts';
import type { Made } from './snapshot.ts';

/** A schema that is kept beside the manifest, in the place of what files would make on scratch. */
interface Kept {
  readonly snapshot: 1;
  readonly heads: readonly string[];
  /** Who owns what the files have made. */
  readonly user: string;
  readonly schema: Schema;
  readonly dependencies: readonly (readonly [string, readonly string[]])[];
}

/** Returns the file as people know it. */
export function writeKept({ project }: Context, heads: readonly string[], made: Made): string {
  const dependencies = [...made.dependencies].map(([node, others]) => [node, [...others].sort()] as const);
  const kept: Kept = { snapshot: 1, heads, user: made.user, schema: made.schema, dependencies: dependencies.sort() };
  return saveExpectedSnapshot(project, made.schema.major, `${JSON.stringify(kept, null, 1)}\n`);
}

/** Where no scratch is named, and what is kept is of these heads and is what their hash stands for. */
export function findKept(context: Context, live: Live, choice: ScratchChoice): Made | undefined {
  const { project } = context;
  if (scratchUrlOf(project, choice) !== undefined) return undefined;
  const { major } = live.schema;
  const source = sourceOf(context, new Set(live.applied), major);
  const expected = findExpected(readExpected(project), source);
  const text = expected === undefined ? undefined : readExpectedSnapshot(project, major);
  const kept = text === undefined ? undefined : parse(text);
  if (kept === undefined || kept.heads.join() !== source.heads.join()) return undefined;
  if (hashOf(context, kept.schema, new Set([kept.user])) !== expected?.hash) return undefined;
  return {
    ...kept,
    order: [],
    dependencies: new Map(kept.dependencies.map(([node, others]) => [node, new Set(others)])),
  };
}

/** What somebody else has written there is as none: the hash alone is told then. */
function parse(text: string): Kept | undefined {
  try {
    const kept = JSON.parse(text) as Partial<Kept>;
    return kept.snapshot === 1 && kept.schema !== undefined ? (kept as Kept) : undefined;
  } catch {
    return undefined;
  }
}
