import { type Check, type CheckFinding, check, plural, redact, sanitizeLine } from '../../index.ts';
import type { Action } from '../action.ts';
import { drawFork } from '../text/fork.ts';
import { printMessage } from '../text/message.ts';
import { printProblem } from '../text/problem.ts';
import type { View } from '../view.ts';

export const action: Action<'check', Check> = {
  run: ({ options, given: { allow, against, scratch, statementTimeout } }) =>
    check({ ...options, allow, against, scratch, statementTimeout }),
  text: print,
  json: ({ findings, revisions, heads, against, database, compared }) => ({
    ok: !isFailed(findings),
    database: database ?? null,
    compared: compared ?? false,
    revisions,
    heads: heads.map(({ id }) => id),
    against: against === undefined ? null : { ...against, mergeBase: against.mergeBase ?? null },
    findings: findings.map(toJson),
  }),
  status: ({ findings }) => (isFailed(findings) ? 3 : 0),
};

function isFailed(findings: readonly CheckFinding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

function* print(result: Check, view: View): Iterable<string> {
  const { findings, heads, fork, against } = result;
  const { style } = view;
  const shown = findings.filter(({ isLasting }) => !isLasting);
  for (const [index, finding] of shown.entries()) {
    const { severity, code, notes = [], effect, hint } = finding;
    const label = `${severity} (${code})`;
    const problem = {
      ...finding,
      notes: effect === undefined ? notes : [...notes, effect],
      // Of several findings one after another that have the same one, it is told behind the last.
      hint: shown[index + 1]?.hint === hint ? undefined : hint,
    };
    yield printProblem(severity === 'error' ? style.bad(style.bold(label)) : style.warn(label), problem, view);
  }
  if (shown.length > 0) yield '\n';
  if (fork.length > 0) yield `${drawFork(fork, against?.heads ?? heads.map(({ id }) => id), view)}\n`;
  yield* printVerdict(result, view);
}

function* printVerdict(
  { findings, revisions, heads, against, database, compared, applied }: Check,
  view: View,
): Iterable<string> {
  const { style, unicode } = view;
  const say = (mark: string, text: string) => `${printMessage(mark, text, view, { indent: 2 })}\n`;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const what = `${plural(revisions, 'revision')}${heads.length === 0 ? '' : `, ${plural(heads.length, 'head')}`}`;
  const good = style.good(unicode ? '✓' : '+');
  if (errors > 0) yield say(style.bad(unicode ? '✗' : 'x'), `${plural(errors, 'finding')} in ${what}.`);
  else {
    const unasked = database === undefined ? ' No database was asked.' : '';
    yield say(good, `The files are in order${wordAgainst(against)}: ${what}.${unasked}`);
  }
  if (compared !== undefined && database === undefined)
    yield 'The database was not compared: correct the files first.\n';
  if (database === undefined) return;
  const asked = sanitizeLine(redact(database));
  if (errors > 0) yield `${compared ? 'Compared with' : 'Not compared with the schema of'} ${asked}.\n`;
  else if (applied === 0) yield `Nothing is applied in ${asked}, and nothing is there.\n`;
  else yield say(good, `Ledger and schema of ${asked} are what the applied revisions make.`);
}

function wordAgainst(against: Check['against']): string {
  return against === undefined ? '' : `, merged with ${sanitizeLine(against.ref)} too`;
}

function toJson(finding: CheckFinding): object {
  const { code, severity, message, revision, place, sql = [], effect, hint: next } = finding;
  const notes = [...sql.flatMap((statement) => statement.split('\n')), ...(finding.notes ?? [])];
  const hint = effect === undefined ? next : `${effect} ${next}`;
  const at = place === undefined ? null : { file: place.file, line: place.line, column: place.column };
  return { code, severity, message, revision: revision ?? null, place: at, notes, hint };
}
