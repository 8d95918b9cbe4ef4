import type { LedgerName } from '../ledger/name.ts';
import type { Material } from '../plan/material.ts';
import type { Plan } from '../plan/plan.ts';
import { printCall } from '../sql/pack.ts';
import { quoteIdent, quoteLiteral, textArray } from '../sql/quote.ts';
import type { Inspected } from '../sql/source.ts';
import { type Block, closeOf, listBlocks, openOf, type Transactions } from './block.ts';
import { compileOutside } from './outside-transaction.ts';
import type { ScriptStep } from './script.ts';
import type { Pins } from './settings.ts';
import { compileTransaction } from './step.ts';

export interface StepsInput {
  readonly ledger: LedgerName;
  readonly pins: Pins;
  readonly transactions: Transactions;
  readonly material: (id: string) => Material;
  /** The checked file of a step; not asked for stamps. */
  readonly inspected: (id: string, op: 'up' | 'down') => Inspected;
}

export function compileSteps({ steps }: Plan, input: StepsInput): readonly ScriptStep[] {
  const stamps = steps.filter((step) => step.op === 'stamp' || step.op === 'unstamp');
  if (stamps.length > 0) return [compileStamp(input, stamps)];
  return steps.map(({ op, id }) => compileStep(input, op as 'up' | 'down', id));
}

function compileStep(input: StepsInput, op: 'up' | 'down', id: string): ScriptStep {
  const material = input.material(id);
  const inspected = input.inspected(id, op);
  const { source, statements, variables } = inspected;
  const transactional = !source.directives.noTransaction;
  const compile = transactional ? compileTransaction : compileOutside;
  const body = compile({
    op,
    id,
    material,
    inspected,
    ledger: input.ledger,
    pins: input.pins,
    transactions: input.transactions,
  });
  return {
    op,
    entries: [{ op, id, digest: material.digest }],
    name: material.revision.message,
    file: { path: `${material.revision.folder}/${op}.sql`, digest: source.digest },
    transactional,
    statements: statements.length,
    body,
    blocks: listBlocks(body),
    variables,
  };
}

/** Behind the first one's id: `b1 and stamp c1 without running them`. */
function nameStamps(stamps: Plan['steps']): string {
  const more = stamps.slice(1);
  const shown = more
    .slice(0, mostNamed)
    .map(({ op, id }, index) => (op === stamps[index]?.op ? id : `and ${op} ${id}`));
  const rest = more.length - shown.length;
  return `${shown.map((id) => `${id} `).join('')}${rest > 0 ? `and ${rest} more ` : ''}without running ${more.length === 0 ? 'it' : 'them'}`;
}

const mostNamed = 8;

/** Stamping is one logical change, so it is one transaction however many revisions it names. */
function compileStamp({ ledger, transactions, material }: StepsInput, stamps: Plan['steps']): ScriptStep {
  const s = quoteIdent(ledger.schema);
  const entries = stamps.map(({ op, id }) => {
    const { digest, standsOn } = material(id);
    const values = [
      quoteLiteral(op),
      'NULL',
      quoteLiteral(id),
      quoteLiteral(digest),
      textArray(standsOn),
      'NULL',
      'NULL',
    ];
    return `CALL ${printCall(`${s}.record`, values)};\n`;
  });
  const enter = `CALL ${s}.enter('stamp', 'stamp', '{}', '{}');\n`;
  const block: Block = {
    kind: 'transaction',
    text: `${openOf(transactions)}${enter}${entries.join('')}${closeOf(transactions)}`,
  };
  return {
    op: 'stamp',
    entries: stamps.map(({ op, id }) => ({ op, id, digest: material(id).digest })),
    name: nameStamps(stamps),
    transactional: true,
    statements: 0,
    body: { kind: 'transaction', block },
    blocks: [block],
    variables: [],
  };
}
