import type { Review, ReviewedStatement, ReviewedStep } from '../review/review.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { cutWords, displayWidth } from '../words.ts';
import { effectsOf } from './effects.ts';
import { notesOf } from './notes.ts';
import { tally, wordFindings, wordScope } from './summary.ts';
import { printFindings } from './text-findings.ts';
import type { TextView } from './text-view.ts';
import { wrapText } from './wrap.ts';

const indent = 7;

/** What is wrong, worst first; then a table a step of what each statement does. */
export function* printText(review: Review, view: TextView): Iterable<string> {
  const { style } = view;
  if (review.steps.length === 0) {
    yield 'Nothing is pending: there is nothing to review.\n';
    return;
  }
  yield* printFindings(review, view);
  yield `${style.bold('What each statement does')}\n\n`;
  for (const step of review.steps) yield* printStep(step, view);
  if (review.unmeasured.length > 0) {
    const words = wrapText(`not measured: ${review.unmeasured.join(', ')}`, view.width).join('\n');
    yield `${words.replace('not measured', style.warn('not measured'))}\n\n`;
  }
  yield* printNotes(review, view);
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
  yield `${style.bold(cutWords(sanitizeLine(`${step.op} ${step.id} ${step.name}${mode}`), width, ellipsisOf(view)))}\n`;
  yield `${style.dim(sanitizeLine(step.file))}\n`;
  for (const statement of step.statements) yield* printStatement(statement, view);
  yield '\n';
}

function* printStatement(statement: ReviewedStatement, view: TextView): Iterable<string> {
  const { style, width } = view;
  const text = sanitizeLine(statement.text.replace(/\s+/g, ' '));
  yield `${style.dim(String(statement.line).padStart(indent - 2))}  ${cutWords(text, width - indent, ellipsisOf(view))}\n`;
  for (const { name, value } of effectsOf(statement, view.unicode ? '→' : '->')) yield* printRow(name, value, view);
}

function ellipsisOf({ unicode }: TextView): string {
  return unicode ? ' …' : ' ...';
}

function* printRow(name: string, value: string, { style, width }: TextView): Iterable<string> {
  const [first = '', ...rest] = wrapText(sanitizeLine(value), width - indent - 12);
  yield `${' '.repeat(indent)}${style.dim(name.padEnd(10))}  ${paintMode(first, style)}\n`;
  for (const line of rest) yield `${' '.repeat(indent + 12)}${line}\n`;
}

function paintMode(line: string, style: TextView['style']): string {
  return line.replace(/^(ACCESS EXCLUSIVE|EXCLUSIVE|SHARE ROW EXCLUSIVE|SHARE)(?= on )/, (mode) => style.bad(mode));
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
