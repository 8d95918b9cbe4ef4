import { toComparable } from '../drift/comparable.ts';
import { type DriftItem, findChanges, toDrift } from '../drift/drift.ts';
import { ignoring } from '../drift/ignore.ts';
import { UpdownError } from '../errors.ts';
import type { Scratch } from '../review/scratch.ts';
import { readDependencies } from '../schema/dependencies.ts';
import type { Schema } from '../schema/schema.ts';
import { type Context, withSession } from './context.ts';
import { findKept } from './kept-schema.ts';
import type { Live } from './live.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { type Asking, schemaOf } from './snapshot.ts';

/** What a live schema has otherwise than the applied revisions make it: on a throwaway database of the same major version, or as it is kept. */
export async function compareLive(context: Context, live: Live, choice: ScratchChoice): Promise<readonly DriftItem[]> {
  const check = ({ major }: Scratch) => refuseOtherMajor(major, live.schema.major);
  const { ignore } = context.project.config;
  const compare = ({ schema, user }: { readonly schema: Schema; readonly user: string }) => {
    const [as = user] = live.migrators;
    const all = new Set([user, ...live.migrators]);
    const expected = toComparable(schema, { roles: new Set([user]), as, all });
    const there = toComparable(live.schema, { roles: live.migrators, as, all });
    return { expected, live: there, ...findChanges(expected, there, ignoring(ignore)) };
  };
  let found: ReturnType<typeof compare> | undefined;
  const depends: Asking['depends'] = (made) => {
    found = compare(made);
    return found.changes.length > 0;
  };
  const kept = findKept(context, live, choice);
  const made = kept ?? (await schemaOf(context, live.applied, choice, { check, depends }));
  const { changes, ...compared } = found ?? compare(made);
  if (changes.length === 0) return [];
  const dependencies = { expected: made.dependencies, live: await withSession(context, readDependencies) };
  return toDrift(changes, { ...compared, dependencies });
}

export function refuseOtherMajor(scratch: number, major: number): void {
  if (scratch === major) return;
  throw new UpdownError('other-major', wordOtherMajor(scratch, major), {
    hint: `Name a server of PostgreSQL ${major} for temporary databases: --scratch postgres://…, or "scratch" in updown.json.`,
  });
}

export function wordOtherMajor(scratch: number, major: number): string {
  return `The database runs PostgreSQL ${major}, scratch is PostgreSQL ${scratch}: each prints views, checks and privileges in its own way`;
}
