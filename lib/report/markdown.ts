import type { Review, ReviewedStatement, ReviewedStep } from '../review/review.ts';
import { makeVisible, sanitizeLine } from '../sql/quote.ts';
import { plural, printHeads } from '../words.ts';
import { effectsOf } from './effects.ts';
import { notesOf } from './notes.ts';
import { type PlacedFinding, rankFindings, tally, wordFindings, wordScope, wordSize, wordSubject } from './summary.ts';
import { explain } from './why.ts';

/** GitHub takes 65,536 characters in a comment, and GitLab more. */
const longest = 60_000;
const longestStatement = 120;
const longestAdvice = 4_000;

/** For a comment on a pull request: findings worst first, then what each statement does, as far as there is room. */
export function printMarkdown(review: Review): string {
  const { steps, unmeasured, digest, from, to } = review;
  const counts = tally(review);
  if (steps.length === 0) return '### updown review: nothing is pending\n';
  const mark = counts.errors > 0 ? '❌' : counts.warnings > 0 ? '⚠️' : '✅';
  const head = `### ${mark} updown ${wordSubject(review)}: ${wordFindings(counts)}

${escapeMarkdown(wordScope(counts, review))}, from ${printHeads(from.map(code))} to ${printHeads(to.map(code))}. Plan ${code(digest)}
`;
  const skipped =
    unmeasured.length > 0
      ? [`\n**Not measured**, because a step before failed: ${unmeasured.map(code).join(', ')}\n`]
      : [];
  const notes = notesOf(review).map(
    ({ kind, text }) => `\n**${kind === 'warning' ? 'Warning' : 'Note'}:** ${escapeMarkdown(text)}\n`,
  );
  return fill(head, [...notes, ...skipped, ...rankFindings(review).map(printFinding), ...steps.map(printStep)]);
}

/** As many parts as fit, each whole. */
function fill(head: string, parts: readonly string[]): string {
  let text = head;
  for (const [index, part] of parts.entries()) {
    if (text.length + part.length > longest)
      return `${text}\n${plural(parts.length - index, 'more part')} left out: \`updown review\` shows all.\n`;
    text += part;
  }
  return text;
}

function printFinding({ finding, step, line }: PlacedFinding): string {
  const { rule, severity, message, advice, allowed } = finding;
  const mark = allowed !== undefined ? '✅ allowed' : severity === 'error' ? '❌' : '⚠️';
  const title = `${mark} <b>${escapeHtml(rule)}</b>: ${escapeHtml(`${message}${wordSize(finding)}`)}`;
  const reason = allowed === undefined ? '' : `\n**Allowed:** ${escapeMarkdown(allowed)}\n`;
  return `
<details><summary>${title}</summary>

${code(`${step.file}:${line}`)}
${reason}
${escapeMarkdown(explain(rule))}

${fence(advice)}

</details>
`;
}

function printStep(step: ReviewedStep): string {
  const { op, id, name, file, transactional, statements } = step;
  const mode = transactional ? '' : ', no transaction';
  const rows = statements.map(printRow).join('');
  return `
<details><summary>${op} <code>${escapeHtml(id)}</code> ${escapeHtml(name)}: ${plural(statements.length, 'statement')}${mode}</summary>

${code(file)}

| line | statement | what it does |
|--:|---|---|
${rows}
</details>
`;
}

function printRow(statement: ReviewedStatement): string {
  const text = sanitizeLine(statement.text.replace(/\s+/g, ' '));
  const short = text.length > longestStatement ? `${text.slice(0, longestStatement - 1)}…` : text;
  const effects = effectsOf(statement).map(({ name, value }) => escapeMarkdown(`${name} ${value}`));
  return `| ${statement.line} | ${code(short).replaceAll('|', '\\|')} | ${effects.join('<br>')} |\n`;
}

/** Text that is only text: no markup, no link, nobody mentioned, no issue referred to. */
function escapeMarkdown(text: string): string {
  const escaped = sanitizeLine(text).replace(/[&<>\\`*_[\]#!|~$]/g, (character) =>
    /[&<>]/.test(character) ? toEntity(character) : `\\${character}`,
  );
  return cutReferences(escaped);
}

/** The same inside a tag's line, where backslashes are only backslashes. */
function escapeHtml(text: string): string {
  return cutReferences(sanitizeLine(text).replace(/[&<>`[\]]/g, toEntity));
}

function toEntity(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}

/** A comment in the middle keeps `@name`, `#12` and `http://…` from being looked up; entities do not. */
function cutReferences(text: string): string {
  return text.replace(/@|(?<!&)#(?=\d)|\bGH\\?-(?=\d)|:(?=\/\/)|\bwww(?=\\?\.)/gi, '$&<!-- -->');
}

/** A code span; one with backticks in it needs a longer run of them around. */
function code(text: string): string {
  const line = sanitizeLine(text);
  const ticks = '`'.repeat(longestRun(line) + 1);
  return line.includes('`') ? `${ticks} ${line} ${ticks}` : `${ticks}${line}${ticks}`;
}

function fence(sql: string): string {
  const whole = makeVisible(sql);
  const text = whole.length > longestAdvice ? `${whole.slice(0, longestAdvice)}\n-- … and more` : whole;
  const ticks = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${ticks}sql\n${text}\n${ticks}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
}
