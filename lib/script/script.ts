import { createHash } from 'node:crypto';
import { printMaking, printMakingGuard } from '../ledger/making.ts';
import { type LedgerName, ledgerFormat } from '../ledger/name.ts';
import { printRenewal, printRest } from '../ledger/renewal.ts';
import { ownPath } from '../ledger/setting.ts';
import { listRoutines, type Part } from '../ledger/text.ts';
import type { Op, Plan } from '../plan/plan.ts';
import type { Start } from '../plan/start.ts';
import { quoteIdent } from '../sql/quote.ts';
import { printSettingValue } from '../sql/setting.ts';
import { slicesOf } from '../sql/slices.ts';
import { type Block, begin, closeOf, commit, openOf, partsOf, type StepBody, type Transactions } from './block.ts';
import type { Overridden } from './overridden.ts';
import { type Pins, pinnedValue, toStepSettings } from './settings.ts';

/** All that a plan sends, as data: two interpreters read it, `execute` and `render`. */
export interface Script {
  readonly ledger: LedgerName;
  readonly plan: Plan;
  readonly start: Start;
  readonly pins: Pins;
  /** Those of them that the connection asks for: part of the digest, and so to be said where they come from. */
  readonly asked: Pins;
  readonly transactions: Transactions;
  /** Makes the ledger. Sent only where there is none. */
  readonly bootstrap: Block;
  /** Gives the ledger one entry for what it may have in several; undefined where the plan meets nothing of the kind. */
  readonly folding?: string | undefined;
  readonly steps: readonly ScriptStep[];
  /** The index of the first step that calls a routine which a ledger made by a script may lack. */
  readonly firstNeed?: number | undefined;
  /** sha256 over everything above: what was reviewed under this digest is what runs under it. */
  readonly digest: string;
  /** Settings of a role or database that the steps will not run with; only where the database was asked, and there are any. */
  readonly overridden?: readonly Overridden[] | undefined;
  /** It may run in a database that has tables, but no ledger yet. */
  readonly allowExisting?: boolean;
  /** Where its start was read, if it was: a url without a password. */
  readonly database?: string;
}

/** One change: a revision's file that runs, or revisions that are recorded without. */
export type ScriptStep = RevisionStep | StampStep;

export interface RevisionStep extends CommonStep {
  readonly op: 'up' | 'down';
  /** `<folder>/up.sql`, and its digest. */
  readonly file: { readonly path: string; readonly digest: string };
  readonly transactional: boolean;
  /** How many of its statements a run before has recorded; only where a dry run asked the database. */
  readonly recorded?: number | undefined;
  /** Why an upgrade can't be taken back; only looked up where a script is to be read. */
  readonly noWayBack?: 'irreversible' | 'empty' | 'missing' | undefined;
}

export interface StampStep extends CommonStep {
  readonly op: 'stamp';
  readonly file?: undefined;
  readonly transactional: true;
  readonly recorded?: undefined;
  readonly noWayBack?: undefined;
}

interface CommonStep {
  /** The revisions this step changes: one, but for a stamp. The digest is up.sql's, as the ledger remembers it. */
  readonly entries: readonly { readonly op: Op; readonly id: string; readonly digest: string }[];
  /** In words: the revision's message. */
  readonly name: string;
  readonly statements: number;
  readonly body: StepBody;
  /** All that it may send, in order, as `body` has it. */
  readonly blocks: readonly Block[];
  /** Names psql would replace in the text if they were set (F63). */
  readonly variables: readonly string[];
}

export interface ScriptInput {
  readonly ledger: LedgerName;
  readonly pins: Pins;
  readonly asked: Pins;
  readonly transactions: Transactions;
  readonly plan: Plan;
  readonly start: Start;
  readonly folding?: string | undefined;
  readonly steps: readonly ScriptStep[];
}

export function compileScript(input: ScriptInput): Script {
  const { ledger, pins, asked, transactions, plan, start, folding, steps } = input;
  const bootstrap = compileBootstrap(ledger, pins, transactions);
  return {
    ledger,
    plan,
    start,
    pins,
    asked,
    transactions,
    bootstrap,
    folding,
    steps,
    firstNeed: findNeed(ledger, steps),
    digest: digestOf(input, bootstrap),
  };
}

/** `lock_timeout = 77s; search_path = app`, empty where the connection asks for nothing. */
export function wordAsked(asked: Pins): string {
  return [...asked]
    .map(([name, value]) => `${name} = ${value}`)
    .sort()
    .join('; ');
}

function compileBootstrap(ledger: LedgerName, pins: Pins, transactions: Transactions): Block {
  const parts = [openOf(transactions), printBootstrap({ ledger, pins }), closeOf(transactions)];
  return { kind: 'transaction', text: parts.join(''), parts };
}

/** What makes the ledger, or these parts of it, in a transaction that is open. */
export function printBootstrap({ ledger, pins }: Pick<Script, 'ledger' | 'pins'>, parts?: readonly Part[]): string {
  const guard = `DO $updown$\n${printMakingGuard(ledger)}\n$updown$;\n\n`;
  return `${printOwnSettings(pins)}${guard}${printMaking(ledger, parts)}`;
}

/** What a run has read of the ledger that is there. */
export interface FoundLedger {
  readonly format: number;
  /** Whether it has the routines that only some steps need. */
  readonly complete: boolean;
}

/** What a run sends in front of the steps. `hasParts`: the ledger has in several entries what is one revision here. */
export function listOpening(script: Script, found: FoundLedger | undefined, hasParts: boolean): readonly Block[] {
  const made = chooseOpening(script, found);
  return [...(made === undefined ? [] : [made]), ...(hasParts ? [compileFolding(script)] : [])];
}

/** What makes the ledger, or brings it up to date, by the one that was found; `found` is undefined where there is none. */
export function chooseOpening(script: Script, found: FoundLedger | undefined): Block | undefined {
  if (script.steps.length === 0) return undefined;
  if (found === undefined) return script.bootstrap;
  const isEnough = found.format >= ledgerFormat && (found.complete || script.firstNeed === undefined);
  return isEnough ? undefined : compileRenewal(script);
}

function compileFolding({ folding = '' }: Script): Block {
  const parts = [begin, `SET LOCAL ${ownPath};\n${folding}`, commit];
  return { kind: 'transaction', text: parts.join(''), parts };
}

/** The index of the first step that calls a routine which not every ledger has. */
function findNeed({ schema }: LedgerName, steps: readonly ScriptStep[]): number | undefined {
  const calls = listRoutines('rest').map(([, name]) => `${quoteIdent(schema)}.${name}(`);
  const index = steps.findIndex(({ transactional, blocks }) => {
    if (!transactional) return true;
    const own = blocks.map(ownTextOf).join('');
    return calls.some((call) => own.includes(call));
  });
  return index === -1 ? undefined : index;
}

/** What stands around a file's own text. */
function ownTextOf(block: Block): string {
  // Where there are parts, the whole is put together only when it is asked for: also by who copies the block.
  const { body, parts } = block;
  if (body === undefined) return partsOf(block).join('');
  if (parts !== undefined) return `${parts[0]}${parts.at(-1)}`;
  return `${block.text.slice(0, body.at)}${block.text.slice(body.at + body.length)}`;
}

/**
 * Brings a ledger up to date that an older version has made; sent only where there is such a one. Of a version, not of a plan: its routines are
 * those of the bootstrap, which the digest holds.
 */
export function compileRenewal({ ledger, pins }: Pick<Script, 'ledger' | 'pins'>): Block {
  const parts = [begin, `${printOwnSettings(pins)}${printRenewal(ledger)}`, commit];
  return { kind: 'transaction', text: parts.join(''), parts };
}

/** Adds to a ledger, in front of the first step that needs it, what a script has made it without. */
export function compileRest({ ledger, pins, transactions }: Pick<Script, 'ledger' | 'pins' | 'transactions'>): Block {
  return {
    kind: 'transaction',
    text: `${openOf(transactions)}${printOwnSettings(pins)}${printRest(ledger)}${closeOf(transactions)}`,
  };
}

/** What SQL of our own needs in its transaction, of the settings that are pinned the limits. */
export function printOwnSettings(pins: Pins): string {
  const limits = ['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout'].map(
    (name) => `SET LOCAL ${name} = ${printSettingValue(name, pinnedValue(pins, name))};\n`,
  );
  return `${limits.join('')}SET LOCAL ${ownPath};\nSET LOCAL client_min_messages = warning;\n`;
}

function digestOf({ start, pins, folding = '', steps }: ScriptInput, bootstrap: Block): string {
  const settings = JSON.stringify(toStepSettings(pins));
  const hash = createHash('sha256').update(`${start.digest}\n${settings}\n${bootstrap.text}${folding}`);
  for (const block of steps.flatMap(({ blocks }) => blocks))
    for (const slice of slicesOf(partsOf(block))) hash.update(slice);
  return hash.digest('hex');
}
