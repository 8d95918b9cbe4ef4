import { type Check, type CheckFinding, check, plural, sanitizeLine } from '../../index.ts';
import type { Action } from '../action.ts';
import { drawFork } from '../text/fork.ts';
import { printProblem } from '../text/problem.ts';
import type { View } from '../view.ts';

export const action: Action<'check', Check> = {
  run: ({ options, given: { allow, against } }) => check({ ...options, allow, against }),
  text: print,
  json: ({ findings, revisions, heads, against }) => ({
    ok: !isFailed(findings),
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

function* print({ findings, revisions, heads, fork, against }: Check, view: View): Iterable<string> {
  const { style, unicode } = view;
  for (const finding of findings) {
    const { severity, code } = finding;
    const label = `${severity} (${code})`;
    yield printProblem(severity === 'error' ? style.bad(style.bold(label)) : style.warn(label), finding, view);
  }
  if (findings.length > 0) yield '\n';
  if (fork.length > 0) yield `${drawFork(fork, against?.heads ?? heads.map(({ id }) => id), view)}\n`;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const what = `${plural(revisions, 'revision')}${heads.length === 0 ? '' : `, ${plural(heads.length, 'head')}`}`;
  if (errors > 0) yield `${style.bad(unicode ? '✗' : 'x')} ${plural(errors, 'finding')} in ${what}.\n`;
  else
    yield `${style.good(unicode ? '✓' : '+')} The files are in order${wordAgainst(against)}: ${what}. No database was asked.\n`;
}

function wordAgainst(against: Check['against']): string {
  return against === undefined ? '' : `, merged with ${sanitizeLine(against.ref)} too`;
}

function toJson({ code, severity, message, revision, place, notes = [], hint }: CheckFinding): object {
  const at = place === undefined ? null : { file: place.file, line: place.line, column: place.column };
  return { code, severity, message, revision: revision ?? null, place: at, notes, hint };
}
