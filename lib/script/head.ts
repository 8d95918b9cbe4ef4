import { ledgerFormat } from '../ledger/name.ts';
import { fillJson } from '../sql/pack.ts';
import { quoteLiteral } from '../sql/quote.ts';
import { printHeads } from '../words.ts';
import { type Made, namesOfMade } from './existing.ts';
import { findApart } from './one-transaction.ts';
import type { Script, ScriptStep } from './script.ts';

/** What a script says of itself at its head, for the ledger to judge. */
export interface ScriptHead {
  readonly op: 'up' | 'down' | 'stamp';
  readonly project: string;
  /** Of the ledger that it is made for. */
  readonly format: number;
  /** The heads it starts from, in words. */
  readonly from: string;
  /** What is applied below it, as `Start` has it. */
  readonly ids: string;
  readonly contents?: string | undefined;
  /** How it looks whether a transaction is open; left out where it is asked in one on purpose. */
  readonly client?: 'psql' | 'plain';
  /** All of it is one transaction. */
  readonly whole?: true | undefined;
  /** It can't be one transaction. */
  readonly apart?: true | undefined;
  /** It can't skip what is done. */
  readonly once?: true;
  /** Of a file of several: how many steps have to be done before it. */
  readonly behind?: number | undefined;
  /** It is for an empty database: what may have made the tables of one that has some. */
  readonly existing?: Made | undefined;
  /** In order: id, the digest of up.sql where that counts, and for a stamp what is recorded. */
  readonly steps: readonly (readonly string[])[];
}

/** As the ledger's check_plan takes it. */
export function printHead(script: Script, more: Partial<ScriptHead>): string {
  const { steps, ...head } = describeHead(script, more);
  const list = steps.map((step) => JSON.stringify(step).replaceAll('","', '", "')).join(',\n    ');
  return quoteLiteral(`{${fillJson(head, '  ').trimStart()},\n  "steps": [${list}]}`);
}

export function describeHead(script: Script, more: Partial<ScriptHead>): ScriptHead {
  const { start, plan, ledger, allowExisting } = script;
  const op = directionOf(script);
  const isFirst = op === 'up' && start.untouched === 0 && script.steps.length > 0 && allowExisting !== true;
  return {
    op,
    project: ledger.project,
    format: ledgerFormat,
    from: printHeads(start.heads),
    ids: start.ids,
    contents: start.contents,
    apart: findApart(script.steps) === undefined ? undefined : true,
    ...more,
    existing: isFirst ? namesOfMade(plan) : undefined,
    steps: entriesOf(script).map(({ op: record, id, digest }) =>
      op === 'down' ? [id] : op === 'up' ? [id, digest] : [id, digest, record],
    ),
  };
}

export function directionOf({ steps }: Script): 'up' | 'down' | 'stamp' {
  const op = steps[0]?.op;
  return op === 'down' || op === 'stamp' ? op : 'up';
}

export function entriesOf({ steps }: Script): ScriptStep['entries'] {
  return steps.flatMap((step) => step.entries);
}
