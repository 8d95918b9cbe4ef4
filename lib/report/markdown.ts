import type { Review, ReviewedStatement, ReviewedStep } from '../review/review.ts';
import { makeVisible, sanitizeLine } from '../sql/quote.ts';
import { cutText, listSome, plural, printHeads } from '../words.ts';
import { effectsOf } from './effects.ts';
import { type ListedFinding, listFindings } from './listed.ts';
import { notesOf } from './notes.ts';
import { tally, wordFindings, wordScope, wordSubject } from './summary.ts';
import { explain } from './why.ts';

/** GitHub takes 65,536 characters in a comment, and GitLab more. What puts it there may add some. */
const longest = 60_000;
/** Of these, findings with their safe ways have the first; those that are only named have the next; tables of statements have the rest. */
const longestNotes = 10_000;
const longestFindings = 42_000;
const longestNamed = 52_000;
const longestStatement = 120;
const longestWords = 600;
const longestAdvice = 4_000;
const mostIds = 10;

/** For a comment on a pull request: findings worst first, then what each statement does, as far as there is room. */
export function printMarkdown(review: Review): string {
  const { steps, unmeasured, digest, from, to } = review;
  const counts = tally(review);
  if (steps.length === 0) return '### updown review: nothing is pending\n';
  const mark = counts.errors > 0 ? '❌' : counts.warnings > 0 ? '⚠️' : '✅';
  const head = `### ${mark} updown ${wordSubject(review)}: ${wordFindings(counts)}

${escapeMarkdown(wordScope(counts, review))}, from ${printIds(from)} to ${printIds(to)}. Plan ${code(digest)}
`;
  const skipped =
    unmeasured.length > 0 ? [`\n**Not measured**, because a step before failed: ${printIds(unmeasured)}\n`] : [];
  const notes = notesOf(review).map(
    ({ kind, text }) => `\n**${kind === 'warning' ? 'Warning' : 'Note'}:** ${escapeMarkdown(cut(text))}\n`,
  );
  const listed = listFindings(review);
  const noted = fill(head, [...skipped, ...notes], longestNotes);
  const told = fill(noted.text, listed.map(printFinding), longestFindings);
  const named = fill(told.text, listed.slice(told.count).map(printNamed), longestNamed);
  const rest = listed.slice(told.count + named.count);
  const tables = fill(`${named.text}${wordRest(rest)}`, steps.map(printStep), longest - 500);
  const hasAll = rest.length === 0 && noted.isWhole && tables.isWhole;
  return hasAll ? tables.text : `${tables.text}\n${wordLeft(review, tables)}`;
}

interface Filled {
  readonly text: string;
  /** How many parts it has. */
  readonly count: number;
  readonly isWhole: boolean;
}

/** As many parts as fit, from the first on, each whole. */
function fill(start: string, parts: readonly string[], most: number): Filled {
  let text = start;
  for (const [count, part] of parts.entries()) {
    if (text.length + part.length > most) return { text, count, isWhole: false };
    text += part;
  }
  return { text, count: parts.length, isWhole: true };
}

function wordRest(rest: readonly ListedFinding[]): string {
  if (rest.length === 0) return '';
  const allowed = rest.filter(({ finding }) => finding.allowed !== undefined).length;
  const errors = rest.filter(({ finding }) => finding.allowed === undefined && finding.severity === 'error').length;
  const words = wordFindings({ errors, warnings: rest.length - allowed - errors, allowed });
  return `\n**And ${plural(rest.length, 'more finding')}**: ${words}\n`;
}

/** Where the whole is. */
function wordLeft({ from, to, steps }: Review, { count }: Filled): string {
  const tables = steps.length - count;
  const what = tables > 0 ? `The statements of ${plural(tables, 'step')} are left out as well. ` : '';
  const isRange = from.length <= 1 && to.length <= 1;
  const range = isRange ? ` ${printHeads(from)}:${printHeads(to)}` : '';
  return `This comment is as long as one may be. ${what}All of it: ${code(`updown review${range} --html review.html`)}\n`;
}

function printIds(ids: readonly string[]): string {
  return ids.length > mostIds ? listSome(ids.map(code), mostIds) : printHeads(ids.map(code));
}

function cut(text: string): string {
  return cutText(sanitizeLine(text), longestWords, '…');
}

function titleOf({ finding, message }: ListedFinding): string {
  const { rule, severity, allowed } = finding;
  const mark = allowed !== undefined ? '✅ allowed' : severity === 'error' ? '❌' : '⚠️';
  return `${mark} <b>${escapeHtml(rule)}</b>: ${escapeHtml(cut(message))}`;
}

function printFinding(one: ListedFinding): string {
  const { finding, step, line, advice, like } = one;
  const { rule, allowed } = finding;
  const reason = allowed === undefined ? '' : `\n**Allowed:** ${escapeMarkdown(cut(allowed))}\n`;
  const ways = [
    ...(advice === '' ? [] : [fence(advice)]),
    ...(like === undefined
      ? []
      : [`${advice === '' ? 'The same way as' : 'And then as'} for ${code(like.finding.rule)}, above.`]),
  ];
  return `
<details><summary>${titleOf(one)}</summary>

${code(`${step.file}:${line}`)}
${reason}
${escapeMarkdown(explain(rule))}

${ways.join('\n\n')}

</details>
`;
}

/** Without its safe way, where there is no room for that. */
function printNamed(one: ListedFinding): string {
  return `\n${titleOf(one)} ${code(`${one.step.file}:${one.line}`)}\n`;
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
  const effects = effectsOf(statement).map(({ name, value }) => escapeMarkdown(cut(`${name} ${value}`)));
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
