import {
  type Finding,
  findingsOf,
  hasFindings,
  isIncomplete,
  type Production,
  type Review,
  type ReviewedStatement,
  type ReviewedStep,
  renderReview,
  review,
  type Severity,
  sanitizeLine,
  UpdownError,
} from '../../index.ts';
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
  text: async function* (result, view, call) {
    const format = findFormat(call);
    yield await renderReview(result, format, view);
    const page = call.value('html');
    if (format === 'text' && page !== undefined) yield `${view.style.dim('page')} ${sanitizeLine(page)}\n`;
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

/** The page of `--html` is written beside one of them. */
const formats = ['text', 'markdown', 'sarif', 'github'] as const;

function findFormat(call: Call): (typeof formats)[number] {
  const name = call.value('format') ?? 'text';
  const format = formats.find((known) => known === name);
  if (format === undefined)
    throw new UpdownError('usage', `There is no format "${name}"`, { hint: `Known: ${formats.join(', ')}.` });
  if (format !== 'text' && call.has('json')) throw usage(`"--json" and "--format ${format}" are two formats`);
  return format;
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
