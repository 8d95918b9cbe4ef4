import { SendError } from '../database/session.ts';
import type { IsIgnored } from '../drift/ignore.ts';
import { UpdownError } from '../errors.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Schema } from '../schema/schema.ts';
import { quoteRelation } from '../sql/quote.ts';
import type { Site } from '../verify/file.ts';
import { type Climbed, climb } from './climb.ts';
import { fill, findLosses, type Loss, nameOfLoss, renameLoss, sameNames } from './count.ts';
import { differencesOf, type Landing, readLanding, readLandingWithin, slightOf } from './landing.ts';
import { type Knowledge, StartAgain, unattributed } from './learn.ts';
import { type Facts, readFacts } from './pg-delta.ts';
import { wordMade } from './piece.ts';
import type { Renames } from './rename.ts';

export interface Proving {
  readonly wanted: Landing;
  /** Of the first revision: the text that makes it. */
  readonly verbatim?: FileUnderTest | undefined;
  /** Who makes things there. */
  readonly rolesOf: (site: Site) => Promise<ReadonlySet<string>>;
  readonly ledger: string;
  readonly isIgnored: IsIgnored;
  /** Says, once, what is a rename. */
  readonly resolve: (head: Landing) => Promise<Renames>;
  /** What another planner knows of the wanted schema, read where something is left; undefined where it is not installed. */
  readonly factsOf?: (() => Promise<Facts | undefined>) | undefined;
  /** Opens a throwaway database that is at the head, each time another one. */
  readonly open: <T>(body: (site: Site) => Promise<T>) => Promise<T>;
  readonly tell: (words: string) => void;
}

export interface Proven extends Climbed {
  /** `PostgreSQL 18.3 (in-process)` */
  readonly scratch: string;
  readonly renames: Renames;
  readonly losses: readonly Loss[];
  /** What may differ where nothing is wrong. */
  readonly slight: readonly string[];
}

/** More than any schema needs: each round leaves out a thing or a row. */
const mostRounds = 60;

/** Undefined where there is nothing to do. */
export async function prove(proving: Proving): Promise<Proven | undefined> {
  let renames: Renames | undefined;
  const resolve = async (head: Landing) => {
    renames ??= await proving.resolve(head);
    return renames;
  };
  const known: Knowledge = {
    withoutRows: new Set(),
    failed: { up: new Map(), down: new Map() },
    refused: { up: new Map(), down: new Map() },
    labelsApart: false,
    second: proving.factsOf === undefined ? 'answered' : 'unasked',
    bodiesUnchecked: false,
    oldNameOf: (table) => renames?.names.oldTable(table) ?? table,
  };
  let last = '';
  let facts: Facts | undefined;
  for (let round = 1; round <= mostRounds; round++) {
    try {
      if (known.second === 'asked') {
        facts = await proving.factsOf?.();
        known.second = 'answered';
      }
      return await proving.open((site) => proveOn(site, { ...proving, resolve, facts }, known));
    } catch (error) {
      if (!(error instanceof StartAgain)) throw error;
      last = error.message;
    }
  }
  throw new UpdownError('sql', `No SQL was found that scratch takes: ${last}`, {
    hint: 'Write this revision by hand: updown revision -m "…". Nothing was written, and nothing but scratch was touched.',
  });
}

async function proveOn(
  site: Site,
  proving: Proving & { readonly facts: Facts | undefined },
  known: Knowledge,
): Promise<Proven | undefined> {
  const { wanted, verbatim, isIgnored, ledger, facts } = proving;
  const roles = await proving.rolesOf(site);
  const head = await readLanding(site, roles);
  // Names that are swapped make no other schema.
  const renames = await proving.resolve(head);
  const isSwapped = renames.renames.length > 0;
  if (verbatim === undefined && !isSwapped && differencesOf(wanted, head, isIgnored).length === 0) return undefined;
  const second = facts && { ledger, wanted: facts, head: await readFacts(site.scratch.session) };
  await fill(site, head.schema, { wanted: wanted.schema, without: known.withoutRows });
  const renamed = await readRenamed(site, head, renames, { ledger, roles });
  proving.tell('the files, and running them up and down with rows');
  const climbed = await climb(
    { site, roles, isIgnored, known, second },
    { head, renamed, renames: renames.renames, wanted, verbatim },
  );
  return {
    ...climbed,
    scratch: site.scratch.label,
    renames,
    losses: lossesOf(climbed, head, renames),
    slight: slightOf(wanted, climbed.landing, isIgnored).map(wordMade),
  };
}

/** The head as it is once things have their new names. */
export async function readRenamed(
  site: Site,
  head: Landing,
  { renames }: Renames,
  { ledger, roles }: { readonly ledger: string; readonly roles: ReadonlySet<string> },
): Promise<Landing> {
  if (renames.length === 0) return head;
  const { session } = site.scratch;
  await session.send('BEGIN');
  try {
    for (const { up } of renames) for (const statement of up.statements) await session.send(statement);
    return await readLandingWithin(site, ledger, roles);
  } catch (error) {
    if (!(error instanceof SendError) || error.fields === undefined || error.lost) throw error;
    throw unattributed({ code: error.fields.code, message: error.fields.message });
  } finally {
    await session.send('ROLLBACK');
  }
}

function lossesOf(
  { held: { before, between, behind }, landing }: Climbed,
  head: Landing,
  { names }: Renames,
): readonly Loss[] {
  if (before === undefined || between === undefined || behind === undefined) return [];
  const up = findLosses(before, between, { there: head.schema, now: landing.schema, names });
  const down = findLosses(before, behind, { there: head.schema, now: head.schema, names: sameNames });
  // What up.sql drops on purpose no down.sql brings back.
  const kept = down.filter((loss) => isThere(renameLoss(loss, names), landing.schema));
  const told = new Set(up.map(nameOfLoss));
  return [...up, ...kept.filter((loss) => !told.has(nameOfLoss(renameLoss(loss, names))))];
}

function isThere(loss: Loss, { tables, sequences }: Schema): boolean {
  if (loss.of === 'sequence') return sequences.some(({ name }) => quoteRelation(name) === loss.sequence);
  const table = tables.find(({ name }) => quoteRelation(name) === loss.table);
  return table !== undefined && (loss.of === 'table' || table.columns.some(({ name }) => name === loss.column));
}
