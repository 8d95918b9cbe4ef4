import { createHash } from 'node:crypto';
import { appliedHeadsOf, inOrder } from '../graph/walk.ts';
import type { SchemaSource } from '../project/expected-schema.ts';
import type { Context } from './context.ts';

/** What makes the schema of these revisions; what is ignored of it counts on neither side. */
export function sourceOf({ project }: Context, applied: ReadonlySet<string>, major: number): SchemaSource {
  const { graph, config } = project;
  const setup = project.readSetup()?.digest ?? null;
  const files = inOrder(graph, applied).map((id) => [id, project.read(id, 'up').digest]);
  const all = JSON.stringify([setup, files, Object.entries(config.settings).sort(), [...config.ignore].sort()]);
  return { heads: appliedHeadsOf(graph, applied), major, files: createHash('sha256').update(all).digest('hex') };
}
