import { createHash } from 'node:crypto';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { printSettingValue } from '../sql/setting.ts';
import { slicesOf } from '../sql/slices.ts';
import { type Block, begin, commit, type Frame, partsOf } from './block.ts';
import { printHolder } from './holder.ts';
import { type LedgerName, ledgerFormat, lockKeys, ownPath, printMakerRights, raised } from './ledger.ts';
import { serverChecks } from './ledger-check.ts';
import { printRenewal } from './ledger-renewal.ts';
import { printLedger } from './ledger-schema.ts';
import type { Overridden } from './overridden.ts';
import { type Pins, toStepSettings } from './pins.ts';
import type { Op, Plan } from './plan.ts';
import type { Start } from './start.ts';

/** All that a plan sends, as data: two interpreters read it, `execute` and `render`. */
export interface Script {
  readonly ledger: LedgerName;
  readonly plan: Plan;
  readonly start: Start;
  readonly pins: Pins;
  /** Those of them that the connection asks for: part of the digest, and so to be said where they come from. */
  readonly asked: Pins;
  readonly frame: Frame;
  /** Makes the ledger. Sent only where there is none. */
  readonly bootstrap: Block;
  readonly steps: readonly ScriptStep[];
  /** sha256 over everything above: what was reviewed under this digest is what runs under it. */
  readonly digest: string;
  /** Settings of a role or database that the steps will not run with; only where the database was asked, and there are any. */
  readonly overridden?: readonly Overridden[];
  /** It may run in a database that has tables, but no ledger yet. */
  readonly allowExisting?: boolean;
  /** Where its start was read, if it was: a url without a password. */
  readonly database?: string;
}

export interface ScriptStep {
  readonly op: Op;
  /** The revisions this step changes: one, but for a stamp. The digest is up.sql's, as the ledger remembers it. */
  readonly entries: readonly { readonly op: Op; readonly id: string; readonly digest: string }[];
  /** In words: the revision's message. */
  readonly name: string;
  /** `<folder>/up.sql`, and its digest; none for a stamp. */
  readonly file?: { readonly path: string; readonly digest: string };
  readonly transactional: boolean;
  readonly statements: number;
  readonly blocks: readonly Block[];
  /** Names psql would replace in the text if they were set (F63). */
  readonly variables: readonly string[];
  /** How many of its statements a run before has recorded; only where a dry run asked the database. */
  readonly recorded?: number;
  /** Why an upgrade can't be taken back; only looked up where a script is to be read. */
  readonly noWayBack?: 'irreversible' | 'empty' | 'missing';
}

export interface ScriptInput {
  readonly ledger: LedgerName;
  readonly pins: Pins;
  readonly asked: Pins;
  readonly frame: Frame;
  readonly plan: Plan;
  readonly start: Start;
  readonly steps: readonly ScriptStep[];
}

export function compileScript({ ledger, pins, asked, frame, plan, start, steps }: ScriptInput): Script {
  const bootstrap = compileBootstrap(ledger, pins, frame);
  return {
    ledger,
    plan,
    start,
    pins,
    asked,
    frame,
    bootstrap,
    steps,
    digest: digestOf(start, pins, bootstrap, steps),
  };
}

/** `lock_timeout = 77s; search_path = app`, empty where the connection asks for nothing. */
export function wordAsked(asked: Pins): string {
  return [...asked]
    .map(([name, value]) => `${name} = ${value}`)
    .sort()
    .join('; ');
}

function compileBootstrap(ledger: LedgerName, pins: Pins, frame: Frame): Block {
  const guard = `DO $updown$
DECLARE
  caller CONSTANT text := current_user;
BEGIN
${printMakingGuard(ledger)}END
$updown$;
`;
  const parts = [frame.open, `${printOwnSettings(pins)}${guard}${printMaking(ledger)}`, frame.close];
  return { kind: 'transaction', text: parts.join(''), parts };
}

/** Of a transaction in which the ledger is made: what must be so before. As commands of PL/pgSQL, where `caller` is the role at the beginning. */
export function printMakingGuard({ schema }: LedgerName): string {
  const [product, key] = lockKeys(schema);
  return `${serverChecks}  IF NOT pg_catalog.pg_try_advisory_xact_lock(${product}, ${key}) THEN
    RAISE EXCEPTION '${raised.busy}: another migration run is making the ledger' USING ERRCODE = '${raised.busy}',
        ${printHolder(schema)};
  END IF;
  -- Read as rows: what to_regclass remembers may be from before the lock.
  IF EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname = 'journal') THEN
    RAISE EXCEPTION '${raised.moved}: another migration run has made the ledger' USING ERRCODE = '${raised.moved}';
  END IF;
${printMakerRights(schema)}`;
}

/** The ledger, and what its first step would refuse of this session: refused here, it leaves no ledger. */
export function printMaking(ledger: LedgerName): string {
  const s = quoteIdent(ledger.schema);
  return `${printLedger(ledger)}CALL ${s}.check_session();\nCALL ${s}.check_temporary();\n`;
}

/** What a run sends in front of the steps, by the format of the ledger that it has read; undefined of that where there is none. */
export function chooseOpening(script: Script, format: number | undefined): Block | undefined {
  if (script.steps.length === 0) return undefined;
  if (format === undefined) return script.bootstrap;
  return format < ledgerFormat ? compileRenewal(script) : undefined;
}

/**
 * Brings a ledger up to date that an older version has made; sent only where there is such a one. Of a version, not of a plan: its routines are
 * those of the bootstrap, which the digest holds.
 */
export function compileRenewal({ ledger, pins }: Pick<Script, 'ledger' | 'pins'>): Block {
  const parts = [begin, `${printOwnSettings(pins)}${printRenewal(ledger)}`, commit];
  return { kind: 'transaction', text: parts.join(''), parts };
}

/** What SQL of our own needs in its transaction, of the settings that are pinned the limits. */
export function printOwnSettings(pins: Pins): string {
  const limits = ['lock_timeout', 'statement_timeout'].map(
    (name) => `SET LOCAL ${name} = ${printSettingValue(name, pins.get(name) ?? '0')};\n`,
  );
  return `${limits.join('')}SET LOCAL ${ownPath};\nSET LOCAL client_min_messages = warning;\n`;
}

function digestOf(start: Start, pins: Pins, bootstrap: Block, steps: readonly ScriptStep[]): string {
  const settings = JSON.stringify(toStepSettings(pins));
  const hash = createHash('sha256').update(`${start.digest}\n${settings}\n${bootstrap.text}`);
  for (const block of steps.flatMap(({ blocks }) => blocks))
    for (const slice of slicesOf(partsOf(block))) hash.update(slice);
  return hash.digest('hex');
}
