import {
  type Approval,
  type Approved,
  approve,
  type GivenFile,
  type Proposal,
  plural,
  printHeads,
  type SeenFinding,
  sanitizeLine,
  UpdownError,
} from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { usage } from '../argv.ts';
import { readFiles } from '../expected.ts';
import { startsOnline } from '../mode.ts';

export const action: Action<'approve', Approved> = {
  run: async (call) => {
    const { ask, given, words } = call;
    if (ask === undefined) throw needsPerson();
    const { from, goDown, includeLate, allowExisting, by, until, days, forDatabase, renewApproval } = given;
    const { scratch, statementTimeout } = given;
    const script = await findScript(call);
    return approve({
      ...{ ...call.options, scratch, statementTimeout, script, target: words[0] },
      ...{ from, includeLate, allowExisting, by, until, days, down: goDown, database: forDatabase },
      fromDatabase: script === undefined && startsOnline('dry run', given, words),
      renew: renewApproval,
      confirm: (proposal) => ask(wordProposal(proposal)),
    });
  },
  *text({ approval, file }, { style }) {
    yield `${style.good('Approved')}: ${sanitizeLine(file)}, until ${approval.until}, for ${wordDatabase(approval)}\n`;
    yield 'It counts where it is checked out: commit it.\n';
  },
  json: ({ approval, file }) => ({ file, ...approval }),
};

function needsPerson(): UpdownError {
  return new UpdownError('needs-yes', 'An approval is the answer of a person, and there is no terminal to ask on', {
    hint: 'Nothing was written. Run it on a terminal, and without --json; there is no option that answers.',
  });
}

/** What looks like a path is one: no target has a dot or a slash in it. */
async function findScript(call: Call<'approve'>): Promise<{ files: readonly GivenFile[]; name: string } | undefined> {
  const [name = ''] = call.words;
  if (!/[./\\]/.test(name)) return undefined;
  const files = await readFiles(call, name);
  if (files.length === 0)
    throw usage(`There is no script "${name}"`, undefined, 'Name a file or folder that --output has written.');
  const { from, fromDatabase, goDown, includeLate } = call.given;
  if (from === undefined && !fromDatabase && !goDown && !includeLate) return { files, name };
  throw usage(
    `"${name}" says by itself where it starts and what it takes`,
    undefined,
    'Leave out --from, --from-database, --down and --include-late.',
  );
}

function wordProposal({ approval, script, folder }: Proposal): string {
  const { digest, from, to, destroys, findings, scratch, notReviewed = '', by, until } = approval;
  const at = (file: string, line: number | null) => `${folder}/${file}${line === null ? '' : `:${line}`}`;
  const lines = [
    `The plan from ${sanitizeLine(printHeads(from))} to ${sanitizeLine(printHeads(to))}, digest ${digest}:`,
    ...script.steps.flatMap(({ entries, name }) => entries.map(({ op, id }) => item(`${op} ${id} ${name}`))),
    destroys.length === 0 ? 'It destroys nothing, as far as its text tells.' : 'It destroys:',
    ...destroys.map(({ file, line, what }) => item(`${at(file, line)}: ${what}`)),
    scratch === null
      ? `It was not reviewed: ${sanitizeLine(notReviewed)}`
      : `The review on ${scratch}: ${countFindings(findings)}`,
    ...findings.map(({ severity, rule, file, line, message, allowed }) =>
      item(
        `${severity} (${rule}) ${at(file, line)}: ${message}${allowed === undefined ? '' : `; allowed: ${allowed}`}`,
      ),
    ),
    `The approval is by ${sanitizeLine(by)}, until ${until}, for ${wordDatabase(approval)}.`,
  ];
  return `${lines.map((line) => `${line}\n`).join('')}Is that what should run?`;
}

function item(text: string): string {
  return `  ${sanitizeLine(text)}`;
}

function countFindings({ length }: readonly SeenFinding[]): string {
  return length === 0 ? 'no finding' : plural(length, 'finding');
}

function wordDatabase({ database }: Pick<Approval, 'database'>): string {
  return database === 'any' ? 'any database' : `database ${sanitizeLine(database)}`;
}
