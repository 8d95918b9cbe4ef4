import { ask, SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';
import { findExtensions } from '../review/extensions.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Scratch } from '../review/scratch.ts';
import { pinSettings } from '../script/settings.ts';
import { arrayValue } from '../sql/quote.ts';
import type { Site } from '../verify/file.ts';
import { giveToRole } from '../verify/own-role.ts';
import { mayChangeServer } from '../verify/server-wide.ts';
import { siteOf } from '../verify/stairway.ts';
import { agree, listNames } from '../words.ts';
import type { Context } from './context.ts';
import { openerOf, type ScratchChoice } from './on-scratch.ts';

/** Throwaway databases that these files run on as they will on the real one; each time another one, dropped behind the body. */
export function openSites(
  context: Context,
  files: readonly FileUnderTest[],
  choice: ScratchChoice,
): <T>(body: (site: Site) => Promise<T>) => Promise<T> {
  const { project, signal } = context;
  const pins = pinSettings(project.config);
  const about = { ledger: project.config.ledger.schema, pins, signal, sharesServer: mayChangeServer(files) };
  const extensions = findExtensions(files.map(({ inspected }) => inspected.source.text));
  const open = openerOf(context, files, choice);
  let missing: Promise<ReadonlySet<string>> | undefined;
  return (body) =>
    open(async (scratch) => {
      missing ??= tellMissing(context, scratch, extensions);
      const site = siteOf({ ...about, missing: await missing }, scratch);
      await giveToRole(scratch, pins);
      return body(site);
    });
}

/** All at once: each of them would fail a revision by itself. */
async function tellMissing(
  { emit }: Context,
  { session, label }: Scratch,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const missing = names.length === 0 ? [] : await findMissing(session, names);
  if (missing.length > 0)
    emit({
      kind: 'warning',
      message: `${label} has no ${agree(missing.length, 'extension', 'extensions')} ${listNames(missing)}: name a server that has ${agree(missing.length, 'it', 'them')}, with --scratch or "scratch" in updown.json`,
    });
  return new Set(missing);
}

async function findMissing(session: Session, names: readonly string[]): Promise<readonly string[]> {
  const rows = await ask(
    session,
    SQL`SELECT n.name FROM pg_catalog.unnest(${arrayValue(names)}::text[]) AS n (name)
  WHERE n.name NOT IN (SELECT e.name FROM pg_catalog.pg_available_extensions e)`,
  );
  return rows.map(({ name }) => name ?? '');
}
