import { type Migrators, toComparable } from '../drift/comparable.ts';
import { findChanges } from '../drift/drift.ts';
import type { IsIgnored } from '../drift/ignore.ts';
import type { Change } from '../schema/change.ts';
import { type Dependencies, readDependencies, readDependenciesWithin } from '../schema/dependencies.ts';
import { mayDiffer } from '../schema/may-differ.ts';
import { whoeverRuns } from '../schema/name.ts';
import { readSchemaWithin } from '../schema/read.ts';
import type { Schema } from '../schema/schema.ts';
import type { Site } from '../verify/file.ts';

/** A schema as it can be compared, and what in it depends on what. */
export interface Landing {
  readonly schema: Schema;
  readonly dependencies: Dependencies;
}

/** What belongs to one of these roles belongs to whoever runs the revision. */
export function toLanding(schema: Schema, dependencies: Dependencies, roles: ReadonlySet<string>): Landing {
  const migrators: Migrators = { roles, as: whoeverRuns, all: roles };
  return { schema: toComparable(schema, migrators), dependencies };
}

export async function readLanding(site: Site, roles: ReadonlySet<string>): Promise<Landing> {
  const schema = await site.reader.read();
  return toLanding(schema, await readDependencies(site.scratch.session), roles);
}

/** The same in the middle of a transaction. */
export async function readLandingWithin(site: Site, ledger: string, roles: ReadonlySet<string>): Promise<Landing> {
  const { session } = site.scratch;
  const schema = await readSchemaWithin(session, ledger);
  return toLanding(schema, await readDependenciesWithin(session), roles);
}

/** What of one is not as in the other, without what may differ where nothing is wrong; `before` of a change is what is wanted. */
export function differencesOf(wanted: Landing, there: Landing, isIgnored: IsIgnored): readonly Change[] {
  return findChanges(wanted.schema, there.schema, isIgnored).changes.filter((change) => !mayDiffer(change));
}

/** What may differ all the same: the order of columns, say. */
export function slightOf(wanted: Landing, there: Landing, isIgnored: IsIgnored): readonly Change[] {
  return findChanges(wanted.schema, there.schema, isIgnored).changes.filter(mayDiffer);
}
