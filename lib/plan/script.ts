import { createHash } from 'node:crypto';
import { quoteIdent, quoteLiteral, textArray } from '../sql/quote.ts';
import type { Inspected } from '../sql/source.ts';
import { compileBare } from './bare.ts';
import { type Block, begin, commit } from './block.ts';
import { type LedgerName, lockKeys, raised } from './ledger.ts';
import { printLedger } from './ledger-schema.ts';
import type { Material } from './material.ts';
import { type Pins, printPins } from './pins.ts';
import type { Op, Plan } from './plan.ts';
import type { Start } from './start.ts';
import { compileTransaction } from './step.ts';

/** All that a plan sends, as data: two interpreters read it, `execute` and `render`. */
export interface Script {
  readonly ledger: LedgerName;
  readonly plan: Plan;
  readonly start: Start;
  /** Makes the ledger. Sent only where there is none. */
  readonly bootstrap: Block;
  readonly steps: readonly ScriptStep[];
  /** sha256 over everything above: what was reviewed under this digest is what runs under it. */
  readonly digest: string;
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
}

export interface CompileInput {
  readonly ledger: LedgerName;
  readonly pins: Pins;
  readonly plan: Plan;
  readonly start: Start;
  readonly material: (id: string) => Material;
  /** The checked file of a step; not asked for stamps. */
  readonly inspected: (id: string, op: 'up' | 'down') => Inspected;
}

export function compileScript(input: CompileInput): Script {
  const bootstrap = compileBootstrap(input.ledger, input.pins);
  const steps = compileSteps(input);
  return {
    ledger: input.ledger,
    plan: input.plan,
    start: input.start,
    bootstrap,
    steps,
    digest: digestOf(input.start, bootstrap, steps),
  };
}

function compileSteps(input: CompileInput): readonly ScriptStep[] {
  const stamps = input.plan.steps.filter((step) => step.op === 'stamp' || step.op === 'unstamp');
  if (stamps.length > 0) return [compileStamp(input, stamps)];
  return input.plan.steps.map(({ op, id }) => compileStep(input, op as 'up' | 'down', id));
}

function compileStep(input: CompileInput, op: 'up' | 'down', id: string): ScriptStep {
  const material = input.material(id);
  const inspected = input.inspected(id, op);
  const { source, statements, variables } = inspected;
  const transactional = !source.directives.noTransaction;
  const compile = transactional ? compileTransaction : compileBare;
  return {
    op,
    entries: [{ op, id, digest: material.digest }],
    name: material.revision.message,
    file: { path: `${material.revision.folder}/${op}.sql`, digest: source.digest },
    transactional,
    statements: statements.length,
    blocks: compile({ op, id, material, inspected, ledger: input.ledger, pins: input.pins }),
    variables,
  };
}

/** Stamping is one logical change, so it is one transaction however many revisions it names. */
function compileStamp({ ledger, pins, material }: CompileInput, stamps: Plan['steps']): ScriptStep {
  const s = quoteIdent(ledger.schema);
  const entries = stamps.map(({ op, id }) => {
    const { digest, standsOn } = material(id);
    return `CALL ${s}.record(${quoteLiteral(op)}, NULL, ${quoteLiteral(id)}, ${quoteLiteral(digest)}, ${textArray(standsOn)}, NULL, NULL);\n`;
  });
  const enter = `CALL ${s}.enter('stamp', 'stamp', ${textArray([])}, ${textArray([])}, ${quoteLiteral(ledger.project)});\n`;
  return {
    op: 'stamp',
    entries: stamps.map(({ op, id }) => ({ op, id, digest: material(id).digest })),
    name: `${stamps.length} revision${stamps.length === 1 ? '' : 's'} without running them`,
    transactional: true,
    statements: 0,
    blocks: [
      { kind: 'transaction', text: `${begin}${printPins(pins, 'SET LOCAL')}${enter}${entries.join('')}${commit}` },
    ],
    variables: [],
  };
}

function compileBootstrap(ledger: LedgerName, pins: Pins): Block {
  const [product, key] = lockKeys(ledger.schema);
  const table = quoteLiteral(`${quoteIdent(ledger.schema)}.journal`);
  const guard = `DO $updown$
BEGIN
  IF NOT pg_catalog.pg_try_advisory_xact_lock(${product}, ${key}) THEN
    RAISE EXCEPTION 'another migration run is making the ledger' USING ERRCODE = '${raised.busy}';
  END IF;
  IF pg_catalog.to_regclass(${table}) IS NOT NULL THEN
    RAISE EXCEPTION 'another migration run has made the ledger' USING ERRCODE = '${raised.moved}';
  END IF;
END
$updown$;
`;
  const quiet = 'SET LOCAL client_min_messages = warning;\n';
  return {
    kind: 'transaction',
    text: `${begin}${printPins(pins, 'SET LOCAL')}${quiet}${guard}${printLedger(ledger)}${commit}`,
  };
}

function digestOf(start: Start, bootstrap: Block, steps: readonly ScriptStep[]): string {
  const hash = createHash('sha256').update(`${start.digest}\n${bootstrap.text}`);
  for (const step of steps) for (const block of step.blocks) hash.update(block.text);
  return hash.digest('hex');
}
