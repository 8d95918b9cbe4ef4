import { appliedHeadsOf, inOrder } from '../graph/walk.ts';
import { saveExpected } from '../project/expected-schema.ts';
import type { Context } from './context.ts';
import { hashOf } from './drift.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { schemaOf } from './snapshot.ts';

/** Keeps the hash of the schema that these revisions make on scratch beside the manifest. Returns the file as people know it. */
export async function writeExpected(
  context: Context,
  applied: ReadonlySet<string>,
  choice: ScratchChoice,
): Promise<string> {
  const { project } = context;
  const { schema, user } = await schemaOf(context, inOrder(project.graph, applied), choice);
  const heads = appliedHeadsOf(project.graph, applied);
  return saveExpected(project, { heads, major: schema.major, hash: hashOf(context, schema, new Set([user])) });
}
