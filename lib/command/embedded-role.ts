import { quoteIdent } from '../sql/quote.ts';
import type { Attempted } from './attempted.ts';
import { type Context, withSession } from './context.ts';

/**
 * Whether an embedded database was given the role that the step lacks, so that another attempt gets further. Roles are a server's, and who
 * starts from a server's schema has no way to make them there: so does scratch.
 */
export async function makesRole(context: Context, { broken }: Attempted): Promise<boolean> {
  const { code, message } = broken?.error.fields ?? {};
  const [, role] = (code === '42704' && /^role "(.+)" does not exist$/s.exec(message ?? '')) || [];
  if (role === undefined || context.signal?.aborted || !context.isEmbedded()) return false;
  await withSession(context, (session) => session.send(`CREATE ROLE ${quoteIdent(role)}`));
  context.emit({
    kind: 'warning',
    message: `role "${role}" was created in the embedded database, which did not have it`,
  });
  return true;
}
