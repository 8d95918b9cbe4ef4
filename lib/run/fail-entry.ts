import { raised } from '../ledger/refusals.ts';
import { printRunSettings } from '../ledger/setting.ts';
import { redact } from '../libpq/redact.ts';
import { begin } from '../script/block.ts';
import { runAs } from '../script/run-as.ts';
import type { Script } from '../script/script.ts';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import type { Broken } from './broken.ts';

/**
 * The `fail` entry, sent on a session of its own after the step was rolled back. A lost connection is not recorded as a failure: what
 * became of the step is not known here (F3). Nor is what was never sent, or was refused before the file
 * began: another run may have done it. Undefined where there is nothing to record.
 */
export function printFail({ step, block, error }: Broken, script: Script, tool: string): string | undefined {
  const [entry] = step?.entries ?? [];
  if (step === undefined || entry === undefined || step.op === 'stamp' || error.lost || error.fields === undefined)
    return undefined;
  if (refusals.has(error.fields.code)) return undefined;
  const s = quoteIdent(script.ledger.schema);
  const digest = quoteLiteral(step.file?.digest ?? '');
  const statement = block.body === undefined || step.transactional ? 'NULL' : String(block.body.first);
  // The ledger has more readers than a terminal (F65).
  const words = quoteLiteral(redact(`${error.fields.code} ${error.fields.message}`));
  const settings = printRunSettings(runAs(script, 'run', tool));
  // Where the sequence stands behind the journal, its number may be that of a step which is still running: a note waits for none.
  return `SET LOCAL ${settings};\n${begin}SET LOCAL lock_timeout = '2s';\nCALL ${s}.record('fail', ${quoteLiteral(step.op)}, ${quoteLiteral(entry.id)}, ${digest}, NULL, ${statement}, ${words});\nCOMMIT;\n`;
}

const refusals: ReadonlySet<string> = new Set([
  raised.busy,
  raised.moved,
  raised.wrongProject,
  raised.readOnly,
  raised.unfinished,
  raised.edited,
  raised.blind,
]);
