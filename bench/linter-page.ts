import type { Subject } from './linter-truth.ts';
import { squawkVersion, styleRules } from './squawk.ts';

/**
 * What a rule says of a statement. `general` speaks of a whole kind of statement: it catches, and is never wrong. `advice` on a way of
 * working is right or wrong by taste, and counts for nothing here.
 */
type Claim = 'work' | 'breaks' | 'locks' | 'general' | 'advice';

const squawkClaims: Readonly<Record<string, Claim>> = {
  'adding-field-with-default': 'work',
  'adding-foreign-key-constraint': 'locks',
  'adding-not-nullable-field': 'work',
  'adding-required-field': 'breaks',
  'adding-serial-primary-key-field': 'work',
  'ban-alter-domain-with-add-constraint': 'general',
  'ban-create-domain-with-constraint': 'advice',
  'ban-drop-column': 'breaks',
  'ban-drop-database': 'breaks',
  'ban-drop-not-null': 'breaks',
  'ban-drop-schema': 'breaks',
  'ban-drop-table': 'breaks',
  'ban-truncate-cascade': 'breaks',
  'changing-column-type': 'work',
  'constraint-missing-not-valid': 'work',
  'disallowed-unique-constraint': 'work',
  'renaming-column': 'breaks',
  'renaming-table': 'breaks',
  'require-concurrent-index-creation': 'work',
  'require-concurrent-index-deletion': 'locks',
  'require-concurrent-partition-detach': 'locks',
  'require-concurrent-reindex': 'work',
  'require-enum-value-ordering': 'advice',
};

const reviewClaims: Readonly<Record<Exclude<Claim, 'work' | 'general'>, readonly string[]>> = {
  breaks: [
    ...['drop-column', 'drop-table', 'drop-object', 'drop-database', 'cascade-drops', 'rename', 'enum-value-renamed'],
    ...['truncate', 'not-null-without-default', 'not-null', 'nullable', 'default-changed', 'json-column', 'fails'],
  ],
  locks: [
    ...['drop-index-not-concurrent', 'reference-locks-parent', 'trigger-locks', 'policy-locks', 'explicit-lock'],
    ...['drop-locks-referenced', 'partition-of-locks-parent', 'detach-not-concurrent', 'reaches-children'],
  ],
  advice: [
    ...['foreign-key-without-index', 'if-not-exists-hides-invalid', 'concurrent-index-corruption', 'combine-alters'],
    ...['backfill-with-ddl', 'backfill-at-once', 'enum-value-position', 'enum-value-too-early', 'identifier-too-long'],
    ...['enum-created', 'constrained-domain-created', 'wide-index'],
  ],
};

function claimOf(tool: Tool, rule: string): Claim {
  if (tool === 'squawk') {
    const claim = squawkClaims[rule];
    if (claim === undefined) throw new Error(`What does squawk's rule "${rule}" claim?`);
    return claim;
  }
  const found = Object.entries(reviewClaims).find(([, rules]) => rules.includes(rule));
  return (found?.[0] as Claim | undefined) ?? 'work';
}

const tools = ['squawk', 'review'] as const;
type Tool = (typeof tools)[number];

interface Verdict {
  readonly caught: boolean;
  readonly missed: boolean;
  /** Rules that say what is not so, of a statement that does no harm. */
  readonly wrong: readonly string[];
}

function judgeSubject(tool: Tool, { truth, ...subject }: Subject): Verdict {
  const rules = subject[tool];
  const dangerous = truth.work !== '' || truth.breaks !== '';
  const caught = dangerous && rules.some((rule) => claimOf(tool, rule) !== 'advice');
  const holds = {
    work: truth.work !== '',
    breaks: truth.breaks !== '',
    locks: truth.locks,
    general: true,
    advice: true,
  };
  const wrong = dangerous || truth.aside ? [] : rules.filter((rule) => !holds[claimOf(tool, rule)]);
  return { caught, missed: dangerous && !caught, wrong };
}

/** The page, the same for the same measurements. */
export function printComparison(
  subjects: readonly Subject[],
  labels: { readonly server: string; readonly scratch: string },
): string {
  const judged = subjects.map((subject) => ({
    ...subject,
    verdicts: { squawk: judgeSubject('squawk', subject), review: judgeSubject('review', subject) },
  }));
  const count = (wanted: (one: (typeof judged)[number]) => boolean) => judged.filter(wanted).length;
  const columns = (wanted: (verdict: Verdict) => boolean) =>
    tools.map((tool) => count(({ verdicts }) => wanted(verdicts[tool]))).join(' | ');
  const work = (tool: Tool) => count(({ truth, verdicts }) => truth.work !== '' && verdicts[tool].caught);
  const breaks = (tool: Tool) =>
    count(({ truth, verdicts }) => truth.work === '' && truth.breaks !== '' && verdicts[tool].caught);
  const differing = judged.filter(({ verdicts: { squawk, review } }) => wordVerdict(squawk) !== wordVerdict(review));
  const both = judged.filter(
    ({ verdicts: { squawk, review } }) =>
      wordVerdict(squawk) === wordVerdict(review) && (squawk.missed || squawk.wrong.length > 0),
  );
  return `# review and squawk

Made by \`npm run bench:linter\`; do not edit. [squawk](https://squawkhq.com) reads the SQL, [\`review\`](review.md) runs it.
Both were given the ${subjects.length} statements that the tests of \`review\` measure, one at a time.

- squawk-cli ${squawkVersion}, \`--pg-version 15.0 --assume-in-transaction\` (without the latter for what runs outside one);
  rules of style and those that ask for timeouts, which the runner sets, are left out: ${styleRules.map((rule) => `\`${rule}\``).join(', ')}
- \`review\` on ${labels.scratch}, without a row
- the truth: ${labels.server.replace('scratch server', 'a server with rows')}, measured as the [truth test](review.md#where-empty-scratch-and-a-server-with-rows-differ) does

A statement is dangerous if it rewrites, builds on or reads all of something that was there while writers are kept out, or if
clients break: something they name is gone or has another name, or what they write is refused. It is caught if any rule that
is not mere advice speaks of it. A false alarm is a rule that speaks of work, of a break or of a lock where there is none, of a
statement that is not dangerous. \`TRUNCATE\`, restarted sequences and statements that fail whatever the rows are count as
neither.

| | statements | squawk | review |
|---|---|---|---|
| dangerous, caught | ${count(({ truth }) => truth.work + truth.breaks !== '')} | ${columns(({ caught }) => caught)} |
| … that work while writers wait | ${count(({ truth }) => truth.work !== '')} | ${tools.map(work).join(' | ')} |
| … that only break clients | ${count(({ truth }) => truth.work === '' && truth.breaks !== '')} | ${tools.map(breaks).join(' | ')} |
| dangerous, missed | | ${columns(({ missed }) => missed)} |
| false alarms | ${count(({ truth }) => truth.work + truth.breaks === '' && !truth.aside)} | ${columns(({ wrong }) => wrong.length > 0)} |

## Where they differ

| statement | in truth | squawk | review |
|---|---|---|---|
${differing.map(printRow).join('')}
${both.length === 0 ? '' : `## Where both are wrong\n\n| statement | in truth | squawk | review |\n|---|---|---|---|\n${both.map(printRow).join('')}\n`}## Where squawk is better

- It needs no database and no history: any file of any tool, in milliseconds. \`review\` starts PostgreSQL and runs the whole
  history first, and says nothing where that can't be done (an extension that scratch lacks, a history that lives elsewhere).
- It warns of a danger whatever the schema is today: a type change that happens to be free here is still one to look at.
- It has rules of style (\`bigint\`, \`text\`, \`timestamptz\`, robust statements), an editor server and comments on pull requests.
- The set is that of this project's own tests, so that \`review\` has been made to get it right; squawk has never seen it. The
  claims of each rule, by which false alarms are counted, were sorted by hand in \`bench/linter-page.ts\`.
`;
}

function wordVerdict({ caught, missed, wrong }: Verdict): string {
  if (wrong.length > 0) return 'false alarm';
  return caught ? 'caught' : missed ? 'missed' : '';
}

function printRow({ text, truth, verdicts, ...said }: Subject & { verdicts: Record<Tool, Verdict> }): string {
  const facts = [truth.work, truth.breaks].filter(Boolean).join('; ') || (truth.locks ? 'a short lock' : 'nothing');
  const cells = tools.map((tool) => {
    const word = wordVerdict(verdicts[tool]);
    const rules = said[tool].map((rule) => `\`${rule}\``).join(' ');
    return [word === '' ? '' : `**${word}**`, rules].filter(Boolean).join(' ');
  });
  return `| \`${text.replaceAll('|', '\\|')}\` | ${facts} | ${cells.join(' | ')} |\n`;
}
