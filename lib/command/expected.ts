import { inOrder } from '../graph/walk.ts';
import { saveExpected } from '../project/expected-schema.ts';
import type { Context } from './context.ts';
import { writeKept } from './kept-schema.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { hashOf } from './schema-hash.ts';
import { sourceOf } from './schema-source.ts';
import { schemaOf } from './snapshot.ts';

/**
 * Keeps the hash of the schema that these revisions make on scratch beside the manifest and, asked for, that schema. Returns the files as people
 * know them.
 */
export async function writeExpected(
  context: Context,
  applied: ReadonlySet<string>,
  choice: ScratchChoice & { readonly withSnapshot: boolean },
): Promise<readonly string[]> {
  const { project } = context;
  const made = await schemaOf(context, inOrder(project.graph, applied), choice, { depends: () => choice.withSnapshot });
  const { schema, user } = made;
  const source = sourceOf(context, applied, schema.major);
  const file = saveExpected(project, { ...source, hash: hashOf(context, schema, new Set([user])) });
  return choice.withSnapshot ? [file, writeKept(context, source.heads, made)] : [file];
}
