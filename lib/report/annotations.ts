import type { Review } from '../review/review.ts';
import { makeVisible, sanitizeLine } from '../sql/quote.ts';
import { notesOf } from './notes.ts';
import { type PlacedFinding, rankFindings, tally, wordFindings, wordScope, wordSize } from './summary.ts';

/**
 * GitHub's workflow commands, one a finding, worst first, since GitHub shows ten of a kind; then the counts.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function printAnnotations(review: Review): string {
  const counts = tally(review);
  const commands = rankFindings(review).map(printCommand);
  const notes = notesOf(review).map(
    ({ kind, text }) =>
      `::${kind === 'warning' ? 'warning' : 'notice'} title=updown review::${escapeData(sanitizeLine(text))}\n`,
  );
  return [...commands, ...notes, `${wordFindings(counts)} in ${sanitizeLine(wordScope(counts, review))}\n`].join('');
}

function printCommand({ finding, step, line }: PlacedFinding): string {
  const { rule, severity, message, advice, allowed } = finding;
  const kind = allowed === undefined ? severity : 'notice';
  const first = sanitizeLine(`${message}${wordSize(finding)}`);
  const more = allowed === undefined ? `The safe way:\n${advice}` : sanitizeLine(`Allowed: ${allowed}`);
  const place = `file=${escapeProperty(step.file)},line=${line},title=${escapeProperty(rule)}`;
  return `::${kind} ${place}::${escapeData(`${first}\n${more}`)}\n`;
}

/** The runner turns these three back, and only these. */
function escapeData(text: string): string {
  return makeVisible(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(sanitizeLine(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
