import {
  assertFormat,
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
} from '../../index.ts';
import type { Action } from '../action.ts';
import { findOutput, type OutputPlace, refuseExisting, writeScript } from '../script-file.ts';

export const action: Action<'review', Review> = {
  run: async (call) => {
    const { scratch, statementTimeout, down, html } = call.given;
    const page = html === undefined ? undefined : findOutput(call, html);
    if (page !== undefined) await preparePage(page);
    const result = await review({ ...call.options, range: call.words[0], scratch, statementTimeout, down });
    if (page !== undefined) await writePage(page, result);
    return result;
  },
  text: async function* (result, view, { given: { format = 'text', html } }) {
    yield await renderReview(result, format, view);
    if (format === 'text' && html !== undefined) yield `${view.style.dim('page')} ${sanitizeLine(html)}\n`;
  },
  json: toJson,
  status: (result, { given: { failOn } }) => {
    if (failOn !== undefined && hasFindings(result, failOn)) return 3;
    // What was not measured can't be said to be harmless.
    return isIncomplete(result) ? 1 : 0;
  },
};

/** Before the review, which may take minutes. */
async function preparePage(file: OutputPlace): Promise<void> {
  refuseExisting(file);
  await assertFormat('html');
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

function toStatement({ findings, error, adviceFacts: _, ...measured }: ReviewedStatement): object {
  const milliseconds = Math.round(measured.milliseconds);
  const changes = measured.changes.map(({ name: _, ...change }) => change);
  return { ...measured, changes, milliseconds, error: error ?? null, findings: findings.map(toFinding) };
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
