import { createHash } from 'node:crypto';
import { isIncomplete, type Review } from '../review/review.ts';
import { rules } from '../review/rules/all.ts';
import type { Rule } from '../review/rules/rule.ts';
import { makeVisible, sanitizeLine } from '../sql/quote.ts';
import { readVersion } from '../version.ts';
import { type Note, notesOf } from './notes.ts';
import { type PlacedFinding, placeFindings, wordSize } from './summary.ts';

/** SARIF 2.1.0, as code scanning reads it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function printSarif(review: Review): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'updown', version: readVersion(), rules: rules.map(toDescriptor) } },
        invocations: [
          {
            executionSuccessful: !isIncomplete(review),
            toolExecutionNotifications: notesOf(review).map(toNotification),
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: toResults(placeFindings(review)),
        properties: { digest: review.digest, from: review.from, to: review.to, scratch: review.scratch },
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function toNotification({ kind, text }: Note): object {
  return { level: kind, message: { text: escapeMessage(sanitizeLine(text)) } };
}

function toDescriptor({ id, severity, title, why, found, letBe }: Rule): object {
  return {
    id,
    shortDescription: { text: escapeMessage(title) },
    fullDescription: { text: escapeMessage(why) },
    help: { text: escapeMessage(`${why}\n\nFound:\n${found.join('\n\n')}\n\nNot found:\n${letBe.join('\n\n')}`) },
    defaultConfiguration: { level: severity },
  };
}

/** Two alike in one file are told apart by their number. */
function toResults(findings: readonly PlacedFinding[]): readonly object[] {
  const seen = new Map<string, number>();
  return findings.map((placed) => {
    const print = fingerprint(placed);
    const nth = (seen.get(print) ?? 0) + 1;
    seen.set(print, nth);
    return toResult(placed, `${print}:${nth}`);
  });
}

function toResult({ finding, step, line }: PlacedFinding, print: string): object {
  const { rule, severity, message, advice, allowed } = finding;
  const text = `${sanitizeLine(`${message}${wordSize(finding)}`)}\n\nThe safe way:\n${advice}`;
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: severity,
    message: { text: escapeMessage(text) },
    locations: [{ physicalLocation: { artifactLocation: { uri: toUri(step.file) }, region: { startLine: line } } }],
    partialFingerprints: { 'finding/v1': print },
    suppressions:
      allowed === undefined
        ? undefined
        : [{ kind: 'inSource', status: 'accepted', justification: sanitizeLine(allowed) }],
  };
}

/** The same while the statement is, wherever in the file it moves to. */
function fingerprint({ finding, step, statement }: PlacedFinding): string {
  const parts = [finding.rule, finding.relation ?? '', step.id, statement?.text ?? finding.message];
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}

function toUri(file: string): string {
  return file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
}

/** Braces stand for values there (3.11.5) and brackets for links (3.11.6). */
function escapeMessage(text: string): string {
  return makeVisible(text).replace(/[{}]/g, '$&$&').replaceAll('](', '] (');
}
