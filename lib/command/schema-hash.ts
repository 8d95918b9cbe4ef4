import { toHashed } from '../drift/comparable.ts';
import { withoutIgnored } from '../drift/ignore.ts';
import { hashSchema } from '../schema/render/snapshot.ts';
import type { Schema } from '../schema/schema.ts';
import type { Context } from './context.ts';

/** Of what is compared: what is ignored counts on neither side. */
export function hashOf({ project }: Context, schema: Schema, roles: ReadonlySet<string>): string {
  const hashed = toHashed(schema, roles);
  return hashSchema(withoutIgnored(hashed, project.config.ignore));
}
