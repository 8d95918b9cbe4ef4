import { byWeight } from '../review/judge.ts';
import { type Finding, findingsOf, type Review, type ReviewedStatement, type ReviewedStep } from '../review/review.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { cutText, displayWidth } from '../words.ts';
import { effectsOf } from './effects.ts';
import { notesOf } from './notes.ts';
import { printAmount } from './size.ts';
import { tally, wordFindings, wordScope, wordSize } from './summary.ts';
import { wrapText } from './wrap.ts';

/** How it may be painted, and what may be drawn. */
export interface TextView {
  /** Columns; SQL is not broken to fit. */
  readonly width: number;
  readonly unicode: boolean;
  readonly style: Readonly<Record<'bold' | 'dim' | 'good' | 'bad' | 'warn', (text: string) => string>>;
}

const indent = 7;

/** A table a step: what each statement does, and below it what is wrong with that. */
export function* printText(review: Review, view: TextView): Iterable<string> {
  const { style } = view;
  if (review.steps.length === 0) {
    yield 'Nothing is pending: there is nothing to review.\n';
    return;
  }
  for (const step of review.steps) yield* printStep(step, view);
  if (review.unmeasured.length > 0) {
    const words = wrapText(`not measured: ${review.unmeasured.join(', ')}`, view.width).join('\n');
    yield `${words.replace('not measured', style.warn('not measured'))}\n\n`;
  }
  yield* printNotes(review, view);
  yield* printSizes(review, view);
  yield* printSummary(review, view);
}

function* printNotes(review: Review, { style, width }: TextView): Iterable<string> {
  const notes = notesOf(review);
  for (const { kind, text } of notes) {
    const [first = '', ...rest] = wrapText(sanitizeLine(`${kind}: ${text}`), width - 2);
    yield `${first.replace(kind, kind === 'warning' ? style.warn(kind) : style.dim(kind))}\n`;
    for (const line of rest) yield `  ${line}\n`;
  }
  if (notes.length > 0) yield '\n';
}

function* printStep(step: ReviewedStep, view: TextView): Iterable<string> {
  const { style, width } = view;
  const mode = step.transactional ? '' : ' (no transaction)';
  yield `${style.bold(cutText(sanitizeLine(`${step.op} ${step.id} ${step.name}${mode}`), width, '…'))}\n`;
  yield `${style.dim(cutText(sanitizeLine(step.file), width, '…'))}\n`;
  for (const finding of step.findings) yield* printFinding(finding, view);
  for (const statement of step.statements) yield* printStatement(statement, view);
  yield '\n';
}

function* printStatement(statement: ReviewedStatement, view: TextView): Iterable<string> {
  const { style, width } = view;
  const text = sanitizeLine(statement.text.replace(/\s+/g, ' '));
  yield `${style.dim(String(statement.line).padStart(indent - 2))}  ${cutText(text, width - indent, '…')}\n`;
  for (const { name, value } of effectsOf(statement, view.unicode ? '→' : '->')) yield* printRow(name, value, view);
  for (const finding of statement.findings) yield* printFinding(finding, view);
}

function* printRow(name: string, value: string, { style, width }: TextView): Iterable<string> {
  const [first = '', ...rest] = wrapText(sanitizeLine(value), width - indent - 12);
  yield `${' '.repeat(indent)}${style.dim(name.padEnd(10))}  ${paintMode(first, style)}\n`;
  for (const line of rest) yield `${' '.repeat(indent + 12)}${line}\n`;
}

function paintMode(line: string, style: TextView['style']): string {
  return line.replace(/^(ACCESS EXCLUSIVE|EXCLUSIVE|SHARE ROW EXCLUSIVE|SHARE)(?= on )/, (mode) => style.bad(mode));
}

function* printFinding(finding: Finding, view: TextView): Iterable<string> {
  const { style, unicode, width } = view;
  const { rule, severity, message, advice, allowed } = finding;
  const mark = allowed !== undefined ? (unicode ? '✓' : '+') : severity === 'error' ? (unicode ? '✗' : 'x') : '!';
  const paint = allowed !== undefined ? style.dim : severity === 'error' ? style.bad : style.warn;
  const [first = '', ...rest] = wrapText(sanitizeLine(`${rule}: ${message}${wordSize(finding)}`), width - 4);
  yield `  ${paint(mark)} ${paint(first)}\n`;
  for (const line of rest) yield `    ${paint(line)}\n`;
  if (allowed !== undefined) {
    yield* wrapText(sanitizeLine(`allowed: ${allowed}`), width - 6).map((line) => `      ${style.dim(line)}\n`);
    return;
  }
  for (const line of advice.split('\n')) yield* printAdvice(sanitizeLine(line), view);
}

/** SQL stays whole, to be copied; words are broken, and stay comments. */
function* printAdvice(line: string, { style, width }: TextView): Iterable<string> {
  if (!line.startsWith('-- ')) yield `      ${line}\n`;
  else yield* wrapText(line.slice(3), width - 9).map((words) => `      ${style.dim(`-- ${words}`)}\n`);
}

function* printSizes({ production, steps }: Review, { style, width }: TextView): Iterable<string> {
  if (production === undefined) return;
  const there = sanitizeLine(`in ${production.database}, PostgreSQL ${production.version}`);
  yield `${style.bold('worst first')} ${style.dim(cutText(there, width - 12, '…'))}\n`;
  const weighed = findingsOf(steps).filter(({ bytes, allowed }) => bytes !== undefined && allowed === undefined);
  for (const finding of weighed.toSorted(byWeight).slice(0, 10)) {
    const { rule, severity, relation } = finding;
    const facts = production.relations.get(relation ?? '');
    const paint = severity === 'error' ? style.bad : style.warn;
    const [first = '', ...rest] = wrapText(`${rule} ${sanitizeLine(relation ?? '')}${wordSize(finding)}`, width - 4);
    yield `  ${first.replace(rule, paint(rule))}\n`;
    for (const line of rest) yield `    ${line}\n`;
    if (facts !== undefined && facts.written + facts.scans > 0) {
      const words = `${printAmount(facts.written, 'row')} written, ${printAmount(facts.scans, 'scan')} since ${facts.since ?? 'its statistics began'}`;
      yield* wrapText(words, width - 4).map((line) => `    ${style.dim(line)}\n`);
    }
  }
  yield '\n';
}

function* printSummary(review: Review, { style, width }: TextView): Iterable<string> {
  const counts = tally(review);
  const paint = counts.errors > 0 ? style.bad : counts.warnings > 0 ? style.warn : style.good;
  const found = wordFindings(counts);
  const whole = `${found} in ${wordScope(counts, review)}`;
  const lines = displayWidth(whole) <= width ? [whole] : [found, ...wrapText(`in ${wordScope(counts, review)}`, width)];
  yield `${lines.join('\n').replace(found, paint(found))}\n`;
  yield `${style.dim('plan')} ${review.digest}\n`;
}
