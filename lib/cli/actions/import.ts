import { agree, type Decision, type ImportResult, importTool, plural, sanitizeLine } from '../../index.ts';
import type { Action } from '../action.ts';
import type { View } from '../view.ts';

export const action: Action<'import', ImportResult> = {
  run: ({ options, words, given }) =>
    importTool({ ...options, tool: words[0] ?? '', path: words[1] ?? '', dryRun: given.reportOnly }),
  text: print,
  json: ({ tool, folder, written, revisions, decisions }) => ({
    tool,
    folder,
    written,
    revisions: revisions.map(({ id, parents, folder: name, message, source }) => ({
      id,
      parents,
      folder: name,
      message,
      source,
    })),
    decisions,
  }),
};

function* print({ tool, folder, written, revisions, decisions }: ImportResult, view: View): Iterable<string> {
  const kinds = [...new Set(decisions.map(({ kind }) => kind))];
  for (const kind of kinds) {
    const those = decisions.filter((decision) => decision.kind === kind);
    yield `${view.style.bold(kind)} ${those.length}\n`;
    for (const decision of those) yield printDecision(decision, view);
  }
  const count = plural(revisions.length, 'revision');
  yield `${written ? `${view.style.good('Done')}: ${count} of ${tool} ${agree(revisions.length, 'is', 'are')} in ${folder}` : `${count} of ${tool} would be written to ${folder}`}\n`;
}

function printDecision({ file, line, message, hint }: Decision, { style }: View): string {
  const where = line === undefined ? file : `${file}:${line}`;
  return `  ${style.note(sanitizeLine(where))} ${sanitizeLine(message)}${hint === undefined ? '' : `${/[.!?]$/.test(message) ? '' : '.'} ${style.dim(sanitizeLine(hint))}`}\n`;
}
