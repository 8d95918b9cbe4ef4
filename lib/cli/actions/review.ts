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
    const { scratch, statementTimeout, down, since } = call.given;
    const files = fileFormats.flatMap((format) => {
      const shown = call.given[format];
      return shown === undefined ? [] : [{ format, place: findOutput(call, shown) }];
    });
    await prepareFiles(files);
    const result = await review({ ...call.options, range: call.words[0], since, scratch, statementTimeout, down });
    for (const { format, place } of files) writeScript(place, [await renderReview(result, format)]);
    return result;
  },
  text: async function* (result, view, { given }) {
    const { format = 'text', html } = given;
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

/** The formats that an option of this name writes into a file, beside what is printed. */
const fileFormats = ['html', 'markdown', 'sarif'] as const;

interface ReportFile {
  readonly format: (typeof fileFormats)[number];
  readonly place: OutputPlace;
}

/** Before the review, which may take minutes. */
async function prepareFiles(files: readonly ReportFile[]): Promise<void> {
  for (const { format, place } of files) {
    refuseExisting(place);
    await assertFormat(format);
  }
}

function toJson(review: Review): object {
  const {
    project,
    database,
    scratch,
    steps,
    from,
    to,
    digest,
    unmeasured,
    production,
    setup,
    shared,
    missing,
    warnings,
  } = review;
  return {
    project,
    database: database ?? null,
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
