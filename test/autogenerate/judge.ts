import { findLosses, type Holdings, type NewNames, nameOfLoss, readHoldings } from '../../lib/autogenerate/count.ts';
import { differencesOf, type Landing, readLanding } from '../../lib/autogenerate/landing.ts';
import { findLookAlikes } from '../../lib/autogenerate/look-alike.ts';
import type { Pair } from '../../lib/autogenerate/pair.ts';
import { readFacts } from '../../lib/autogenerate/pg-delta.ts';
import { keyOfChange, wordMade } from '../../lib/autogenerate/piece.ts';
import { type Proven, prove } from '../../lib/autogenerate/prove.ts';
import { toRenames } from '../../lib/autogenerate/rename.ts';
import { printDown, printUp } from '../../lib/autogenerate/revision-text.ts';
import { isUpdownError } from '../../lib/errors.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import type { FileUnderTest } from '../../lib/review/file-under-test.ts';
import { type Scratch, withScratch } from '../../lib/review/scratch.ts';
import { inspect } from '../../lib/sql/gate.ts';
import { readSql } from '../../lib/sql/read.ts';
import { applyFile, type Site } from '../../lib/verify/file.ts';
import { applyAll, siteOf } from '../../lib/verify/stairway.ts';
import { ledger } from '../schema/snapshot.ts';

/** What a schema becomes, and what was said of names. */
export interface Case {
  readonly title: string;
  /** What the revisions make on top of the template. */
  readonly given: string;
  /** What the schema is to be: this is run on top of it. */
  readonly sql: string;
}

/**
 * `asked`: it looks like a rename, and is exact once that is said. `named`: what is not made is named in a file. `no schema`: the server
 * refuses the edit itself.
 */
export const verdicts = ['exact', 'asked', 'named', 'no difference', 'no schema', 'error', 'wrong'] as const;

export type Verdict = (typeof verdicts)[number];

export interface Judged {
  readonly verdict: Verdict;
  /** What was named, lost, or thrown. */
  readonly told: readonly string[];
  readonly milliseconds: number;
}

export interface Lab {
  readonly server: string;
  readonly template: string;
  readonly user: string;
}

/** Generates what an edit needs, and runs the files that would be written on another copy, up and down. */
export async function judge(lab: Lab, { given, sql }: Case): Promise<Judged> {
  const started = performance.now();
  const end = (verdict: Verdict, told: readonly string[]) => ({
    verdict,
    told,
    milliseconds: performance.now() - started,
  });
  const open = opener(lab, /\brole\b/i.test(given + sql));
  const roles = new Set([lab.user]);
  const history = given.trim() === '' ? [] : [toFile(given)];
  let wanted: Landing;
  try {
    wanted = await open(async (site) => {
      await applyAll(site, [...history, ...statementsOf(sql)]);
      return readLanding(site, roles);
    });
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    return end('no schema', [error.message]);
  }
  let proven: Proven | undefined;
  try {
    proven = await prove({
      ...{ wanted, ledger, isIgnored: () => false, tell: () => {} },
      open: (body) =>
        open(async (site) => {
          await applyAll(site, history);
          return body(site);
        }),
      rolesOf: async () => roles,
      factsOf: () =>
        open(async (site) => {
          await applyAll(site, [...history, ...statementsOf(sql)]);
          return readFacts(site.scratch.session);
        }),
      resolve: async ({ schema }) => {
        const pairs: Pair[] = [];
        for (;;) {
          const [first] = findLookAlikes({ head: schema, wanted: wanted.schema, pairs }, []);
          if (first === undefined) return toRenames(pairs, schema, wanted.schema);
          pairs.push(first);
        }
      },
    });
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    return end('error', [error.message, error.hint ?? '']);
  }
  if (proven === undefined) return end('no difference', []);
  const found = proven;
  const wrong = await open((site) => runFiles(site, history, wanted, found, roles));
  if (wrong.length > 0) return end('wrong', [...wrong, ...textsOf(found)]);
  const named = [...found.parts.flatMap(({ up, down }) => [...up.left, ...down.left]), ...found.losses];
  const told = named.map((one) =>
    'words' in one
      ? `${one.words}${one.why === undefined ? '' : ` (${one.why})`}`
      : `${one.what} of ${nameOfLoss(one)}`,
  );
  return end(named.length > 0 ? 'named' : found.renames.pairs.length > 0 ? 'asked' : 'exact', told);
}

export function opener(
  { server, template }: Lab,
  sharing: boolean,
): <T>(body: (site: Site) => Promise<T>) => Promise<T> {
  const options = {
    ...{
      target: parseTarget(server, {}),
      extensions: [],
      applicationName: 'judge',
      signal: undefined,
      template,
      limit: 60_000,
    },
    sharing,
  };
  const about = { ledger, pins: new Map(), signal: undefined, sharesServer: sharing, missing: new Set<string>() };
  return (body) => withScratch(options, (scratch: Scratch) => body(siteOf(about, scratch)));
}

export function toFile(text: string): FileUnderTest {
  const inspected = inspect(readSql(text, 'edit.sql'), { direction: 'up' });
  return { op: 'up', id: '', name: 'edit', inspected, setup: true };
}

/** Each by itself: a new label of an enum type is used behind the transaction that adds it. */
function statementsOf(sql: string): readonly FileUnderTest[] {
  const needsOwn = /add value|concurrently/i.test(sql);
  return needsOwn
    ? toFile(`-- updown: no-transaction\n${sql}`).inspected.statements.map(({ text }) =>
        toFile(`-- updown: no-transaction\n${text};\n`),
      )
    : [toFile(sql)];
}

function textsOf({ parts, scratch }: Proven): readonly string[] {
  const about = { message: 'edit', from: 'the edit', scratch, notes: [] };
  return parts.flatMap((part) => [printUp(part, about, undefined), printDown(part, about)]);
}

/** What is not as it was promised. */
async function runFiles(
  site: Site,
  history: readonly FileUnderTest[],
  wanted: Landing,
  { parts, losses, scratch, renames }: Proven,
  roles: ReadonlySet<string>,
): Promise<readonly string[]> {
  const about = { message: 'edit', from: 'the edit', scratch, notes: [] };
  const none = () => false;
  await applyAll(site, history);
  const head = await readLanding(site, roles);
  const before = await readHoldings(site, head.schema);
  const wrong: string[] = [];
  for (const part of parts) {
    const failed = await applyFile(site, toFile(printUp(part, about, undefined)));
    if (failed !== undefined) return [`up.sql: ${failed.message}`];
  }
  const up = await readLanding(site, roles);
  const named = new Set(
    parts.flatMap((part) => part.up.left.flatMap(({ change }) => (change ? [keyOfChange(change)] : []))),
  );
  const left = differencesOf(wanted, up, none).filter((change) => !named.has(keyOfChange(change)));
  wrong.push(...left.map((change) => `up.sql leaves: ${wordMade(change)}`));
  if (losses.length === 0)
    wrong.push(...lost(before, await readHoldings(site, up.schema), { head, up, names: renames.names }));
  for (const part of parts.toReversed()) {
    const failed = await applyFile(site, toFile(printDown(part, about)));
    if (failed !== undefined) return [...wrong, `down.sql: ${failed.message}`];
  }
  const down = await readLanding(site, roles);
  const namedDown = new Set(
    parts.flatMap((part) => part.down.left.flatMap(({ change }) => (change ? [keyOfChange(change)] : []))),
  );
  const leftDown = differencesOf(head, down, none).filter((change) => !namedDown.has(keyOfChange(change)));
  wrong.push(...leftDown.map((change) => `down.sql leaves: ${wordMade(change)}`));
  return wrong;
}

function lost(
  before: Holdings | undefined,
  behind: Holdings | undefined,
  { head, up, names }: { readonly head: Landing; readonly up: Landing; readonly names: NewNames },
): readonly string[] {
  if (before === undefined || behind === undefined) return [];
  const found = findLosses(before, behind, { there: head.schema, now: up.schema, names });
  return found.map((loss) => `lost: ${loss.what} of ${nameOfLoss(loss)}`);
}
