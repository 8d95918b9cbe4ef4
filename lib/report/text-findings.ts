import type { Finding, Production, Review } from '../review/review.ts';
import { makeVisible, sanitizeLine } from '../sql/quote.ts';
import { type ListedFinding, listFindings } from './listed.ts';
import { printAmount } from './size.ts';
import type { PlacedFinding } from './summary.ts';
import type { TextView } from './text-view.ts';
import { wrapText } from './wrap.ts';

const mostLines = 3;

/** Each with its place; findings about one statement that follow each other stand below it, and it is printed once. */
export function* printFindings(review: Review, view: TextView): Iterable<string> {
  const { style, width } = view;
  const listed = listFindings(review);
  if (listed.length === 0) return;
  const { production } = review;
  yield `${style.bold('Findings, worst first')}\n`;
  if (production !== undefined) {
    const words = sanitizeLine(`with sizes of ${production.database}, PostgreSQL ${production.version}`);
    yield* wrapText(words, width).map((line) => `${style.dim(line)}\n`);
  }
  const shown = new Set<PlacedFinding['statement']>();
  let above: ListedFinding | undefined;
  for (const one of listed) {
    if (above?.statement !== one.statement || above?.step !== one.step) yield* printPlace(one, shown, view);
    yield* printFinding(one, production, view);
    above = one;
  }
  yield '\n';
}

function* printPlace(
  { step, line, statement }: ListedFinding,
  shown: Set<PlacedFinding['statement']>,
  { style, unicode, width }: TextView,
): Iterable<string> {
  yield `\n${style.bold(sanitizeLine(`${step.file}:${line}`))}\n`;
  if (statement === undefined || shown.has(statement)) return;
  shown.add(statement);
  const lines = wrapText(sanitizeLine(statement.text.replace(/\s+/g, ' ')), width - 6);
  yield* lines.slice(0, mostLines).map((text) => `    ${text}\n`);
  if (lines.length > mostLines) yield `    ${unicode ? '…' : '...'}\n`;
}

function* printFinding(one: ListedFinding, production: Production | undefined, view: TextView): Iterable<string> {
  const { style, unicode, width } = view;
  const { finding, message } = one;
  const { rule, severity, allowed } = finding;
  const mark = allowed !== undefined ? (unicode ? '✓' : '+') : severity === 'error' ? (unicode ? '✗' : 'x') : '!';
  const paint = allowed !== undefined ? style.dim : severity === 'error' ? style.bad : style.warn;
  const [first = '', ...rest] = wrapText(sanitizeLine(`${rule}: ${message}`), width - 4);
  yield `  ${paint(mark)} ${paint(first)}\n`;
  for (const line of rest) yield `    ${paint(line)}\n`;
  if (allowed !== undefined) {
    yield* wrapText(sanitizeLine(`allowed: ${allowed}`), width - 6).map((line) => `      ${style.dim(line)}\n`);
    return;
  }
  yield* printActivity(finding, production, view);
  for (const line of one.advice.split('\n')) yield* printAdvice(makeVisible(line).trimEnd(), view);
  if (one.like !== undefined) yield* printAdvice(`-- ${wordLike(one)}`, view);
}

function wordLike({ advice, like }: ListedFinding): string {
  return `${advice === '' ? 'the same way as for' : 'as for'} ${like?.finding.rule}, above`;
}

function* printActivity(
  { relation }: Finding,
  production: Production | undefined,
  { style, width }: TextView,
): Iterable<string> {
  const facts = production?.relations.get(relation ?? '');
  if (facts === undefined || facts.written + facts.scans === 0) return;
  const words = `${sanitizeLine(facts.name)}: ${printAmount(facts.written, 'row')} written, ${printAmount(facts.scans, 'scan')} since ${facts.since ?? 'its statistics began'}`;
  yield* wrapText(words, width - 6).map((line) => `      ${style.dim(line)}\n`);
}

/** SQL stays whole, to be copied; words are broken into lines, and stay comments. */
function* printAdvice(line: string, { style, width }: TextView): Iterable<string> {
  if (!line.startsWith('-- ')) yield line === '' ? '' : `      ${line}\n`;
  else yield* wrapText(line.slice(3), width - 9).map((words) => `      ${style.dim(`-- ${words}`)}\n`);
}
