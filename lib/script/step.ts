import { listReplaced } from '../graph/revision.ts';
import type { LedgerName } from '../ledger/name.ts';
import type { Material } from '../plan/material.ts';
import { packItems } from '../sql/pack.ts';
import { arrayValue, quoteIdent, quoteLiteral } from '../sql/quote.ts';
import type { Inspected } from '../sql/source.ts';
import { type Block, closeOf, joinCommands, type OneTransaction, openOf, type Transactions } from './block.ts';
import { listFoundChecks } from './found-index.ts';
import { keepPathOf } from './role.ts';
import { listRole, type Pins, printOwnPins } from './settings.ts';

export interface StepInput {
  readonly op: 'up' | 'down';
  readonly id: string;
  readonly material: Material;
  readonly inspected: Inspected;
  readonly ledger: LedgerName;
  readonly pins: Pins;
  readonly transactions: Transactions;
}

/** A transactional step is one message: nothing can come between the lock, the guard, the file and its record (F1-F29). */
export function compileTransaction(input: StepInput): OneTransaction {
  const { source, statements, terminated } = input.inspected;
  const [keep, recall] = keepSettings(input);
  const enter = [printEnter(input), ...keep, ...listRole(input.pins, 'SET LOCAL')];
  const checks = listFoundChecks(input.ledger.schema, input.id, statements);
  const leave = [...checks, ...recall, printLeave(input)];
  const reset = [...(checks.length > 0 ? keepPathOf(statements, input.pins) : []), ...resetRole];
  const head = `${openOf(input.transactions)}${enter.join('')}`;
  const settled =
    input.transactions === 'one'
      ? `${constraintsOneByOne}${joinCommands(leave, reset)}`
      : joinCommands(leave, [settleConstraints, ...reset]);
  // The commit on the same line: of what stands around every file, each line counts.
  const tail = closeOf(input.transactions) === '' ? settled : `${settled.trimEnd()} ${closeOf(input.transactions)}`;
  const parts = [head, source.text, `${closeText(source.text, terminated)}${tail}`];
  const block: Block = {
    kind: 'transaction',
    parts,
    get text() {
      return parts.join('');
    },
    body: {
      source,
      at: head.length,
      from: 0,
      length: source.text.length,
      statements,
      commandsBefore: commandsIn(head),
      first: 1,
    },
  };
  return { kind: 'transaction', block };
}

/** A RESET ALL of the file's own takes back who runs which plan, and the record would not have it. */
function keepSettings({ ledger, inspected }: StepInput): readonly [keep: readonly string[], recall: readonly string[]] {
  if (!/\bRESET\s+ALL\b/i.test(inspected.source.text)) return [[], []];
  const s = quoteIdent(ledger.schema);
  return [[`CALL ${s}.keep();\n`], [`CALL ${s}.recall();\n`]];
}

/** What was deferred to the end of the transaction belongs to the file: it runs with its settings and its role, before they go. */
export const settleConstraints = 'SET CONSTRAINTS ALL IMMEDIATE;\n';

/** The same within a transaction that goes on: what is said of all constraints would hold for those that the next file makes. */
export const constraintsOneByOne = `DO $updown$ DECLARE
  c record;
BEGIN
  FOR c IN SELECT n.nspname, o.conname, x.mode FROM pg_catalog.pg_constraint o
      JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) o.connamespace,
      (VALUES (1, 'IMMEDIATE', false), (2, 'DEFERRED', true)) AS x(step, mode, behind)
    WHERE o.condeferrable AND (o.condeferred OR NOT x.behind)
      AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') ORDER BY x.step LOOP
    EXECUTE pg_catalog.format('SET CONSTRAINTS %I.%I %s', c.nspname, c.conname, c.mode);
  END LOOP;
END $updown$;
`;

// The file may have changed who it is (F31); the ledger is written by who connected.
export const resetRole: readonly string[] = ['RESET SESSION AUTHORIZATION;\n', 'RESET ROLE;\n'];

/** A last line that is a comment would swallow what follows, and a missing semicolon would glue to it (F59). */
export function closeText(text: string, terminated: boolean): string {
  return `${text === '' || text.endsWith('\n') ? '' : '\n'}${terminated ? '' : ';\n'}`;
}

/** Each command of a block's own head completes with one tag. A setting's value may have several lines. */
export function commandsIn(head: string): number {
  return head.split(';\n').length - 1;
}

export function printEnter({ op, id, material, inspected, ledger, transactions }: StepInput): string {
  const needs = op === 'up' ? material.standsOn : [];
  const { replaces } = material.revision;
  // Somebody with the files from before a squash may be at work there.
  const parts = replaces === undefined ? [] : listReplaced(replaces).toReversed();
  const bars = op === 'up' ? parts : material.carries;
  const own = printOwnPins(inspected.source.directives);
  const values = [op, id, arrayValue(needs), arrayValue(bars), ...(own === '{}' ? [] : [own])];
  const call = `CALL ${quoteIdent(ledger.schema)}.enter(${values.map(quoteLiteral).join(', ')});\n`;
  // In one transaction with the settings of the run in front of it.
  if (call.length <= (transactions === 'one' ? 77 : 120)) return call;
  const [first, revision, ...lists] = values.map(quoteLiteral);
  return `CALL ${quoteIdent(ledger.schema)}.enter(${first}, ${revision},\n${packItems(lists, '    ')});\n`;
}

/** By this a statement that pg_stat_activity shows is known as one of a step. */
export function beginOfArguments(op: StepInput['op'] | 'stamp', id: string): string {
  return `(${quoteLiteral(op)}, ${quoteLiteral(id)}`;
}

export function printLeave({ op, id, material, inspected, ledger }: StepInput): string {
  const values = [op, id, arrayValue(material.standsOn)].map(quoteLiteral).join(', ');
  return `CALL ${quoteIdent(ledger.schema)}.leave(${values},\n    ${quoteLiteral(inspected.source.digest)});\n`;
}
