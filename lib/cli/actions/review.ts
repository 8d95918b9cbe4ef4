import { review } from '../../command/review.ts';
import { UpdownError } from '../../errors.ts';
import { formats } from '../../report/format.ts';
import { renderReview } from '../../report/render.ts';
import { printText } from '../../report/text.ts';
import {
  type Finding,
  findingsOf,
  hasFindings,
  isIncomplete,
  type Production,
  type Review,
  type ReviewedStatement,
  type ReviewedStep,
} from '../../review/review.ts';
import type { Severity } from '../../review/rules/rule.ts';
import { sanitizeLine } from '../../sql/quote.ts';
import type { Action, Call } from '../action.ts';
import { usage } from '../argv.ts';
import { findOutput, type OutputPlace, refuseExisting, writeScript } from '../script-file.ts';

export const action: Action<Review> = {
  run: async (call) => {
    failOn(call);
    findFormat(call);
    const [range] = call.words;
    const scratch = call.value('scratch');
    const statementTimeout = call.value('statement-timeout');
    const name = call.value('html');
    const page = name === undefined ? undefined : findOutput(call, name);
    if (page !== undefined) refuseExisting(page);
    const result = await review({
      ...call.options,
      range,
      scratch,
      statementTimeout,
      ...(call.has('down') && { down: true }),
    });
    if (page !== undefined) await writePage(page, result);
    return result;
  },
  text: function* (result, view, call) {
    const format = findFormat(call);
    if (format !== undefined) {
      yield format(result);
      return;
    }
    yield* printText(result, view);
    const page = call.value('html');
    if (page !== undefined) yield `${view.style.dim('page')} ${sanitizeLine(page)}\n`;
  },
  json: toJson,
  status: (result, call) => {
    const severity = failOn(call);
    if (severity !== undefined && hasFindings(result, severity)) return 3;
    // What was not measured can't be said to be harmless.
    return isIncomplete(result) ? 1 : 0;
  },
};

function failOn(call: Call): Severity | undefined {
  const value = call.value('fail-on');
  if (value === undefined || value === 'error' || value === 'warning') return value;
  throw new UpdownError('usage', `"${value}" is no severity`, { hint: 'Write --fail-on error, or --fail-on warning.' });
}

/** For other programs; undefined is text for people. */
function findFormat(call: Call): ((review: Review) => string) | undefined {
  const name = call.value('format') ?? 'text';
  if (name !== 'text' && !Object.hasOwn(formats, name))
    throw new UpdownError('usage', `There is no format "${name}"`, {
      hint: `Known: text, ${Object.keys(formats).join(', ')}.`,
    });
  if (name !== 'text' && call.has('json')) throw usage(`"--json" and "--format ${name}" are two formats`);
  return formats[name];
}

async function writePage(file: OutputPlace, result: Review): Promise<void> {
  writeScript(file, [await renderReview(result, 'html')]);
}

function toJson(review: Review): object {
  const { scratch, steps, from, to, digest, unmeasured, production, setup, shared, missing, warnings } = review;
  return {
    scratch,
    setup: setup ?? null,
    from,
    to,
    digest,
    steps: steps.map(toStep),
    unmeasured,
    missing,
    shared,
    warnings,
    production: production === undefined ? null : toProduction(production),
    findings: {
      errors: countOf(steps, 'error'),
      warnings: countOf(steps, 'warning'),
      allowed: findingsOf(steps).filter(({ allowed }) => allowed !== undefined).length,
    },
  };
}

function toProduction({ database, version, relations, drift }: Production): object {
  return { database, version, compared: drift !== undefined, relations: [...relations.values()] };
}

function countOf(steps: readonly ReviewedStep[], severity: Severity): number {
  return findingsOf(steps).filter((finding) => finding.severity === severity && finding.allowed === undefined).length;
}

function toStep({ op, id, name, file, transactional, statements, findings }: ReviewedStep): object {
  return {
    op,
    id,
    name,
    file,
    transactional,
    statements: statements.map(toStatement),
    findings: findings.map(toFinding),
  };
}

function toStatement({ findings, error, grounds: _, ...measured }: ReviewedStatement): object {
  const milliseconds = Math.round(measured.milliseconds);
  return { ...measured, milliseconds, error: error ?? null, findings: findings.map(toFinding) };
}

function toFinding({ allowed, relation, bytes, rows, ...finding }: Finding): object {
  return {
    ...finding,
    relation: relation ?? null,
    bytes: bytes ?? null,
    rows: rows ?? null,
    allowed: allowed ?? null,
  };
}
