import type { CommandSpec, OptionSpec } from './command.ts';

export const globalOptions: readonly OptionSpec[] = [
  { name: 'dir', value: '<folder>', describe: 'The migrations folder' },
  { name: 'url', value: '<url>', describe: 'postgres://…, pglite:<folder> or pglite:memory' },
  { name: 'config', value: '<file>', describe: 'The configuration, instead of updown.json' },
  { name: 'ledger-schema', value: '<name>', describe: 'The schema that holds the ledger' },
  { name: 'json', describe: 'One JSON document on stdout' },
  { name: 'quiet', short: 'q', describe: 'No progress on stderr' },
  { name: 'no-color', describe: 'No colour (so does NO_COLOR)' },
];

const from = { name: 'from', value: '<heads>', describe: 'Offline: where the plan starts; default base' };
const fromDatabase = { name: 'from-database', describe: 'Read the start from the database' };
const sql = { name: 'sql', describe: 'Emit a script instead; never connects' };
const output = {
  name: 'output',
  short: 'o',
  value: '<path>',
  describe: 'Write to a new file, or folder for several',
};
const flavor = { name: 'flavor', value: '<name>', describe: 'psql, or plain: SQL for any client' };
const split = { name: 'split', describe: 'For psql: a file a step, in a folder' };
const oneTransaction = { name: 'one-transaction', describe: 'For psql: all steps in one transaction' };
const bootstrap = { name: 'bootstrap', describe: 'Emit the ledger alone, for who may make it' };
const grantTo = { name: 'grant-to', value: '<role>', describe: 'Who may migrate with it; may be repeated' };
const annotate = { name: 'annotate', describe: 'Say in comments what was measured on scratch' };
const scratch = {
  name: 'scratch',
  value: '<url>',
  describe: 'Measure there, not in this process',
};
const dryRun = { name: 'dry-run', describe: 'Show the plan and its digest, run nothing' };
const expect = {
  name: 'expect',
  value: '<digest>',
  describe: 'Run only this digest, script or plan',
};
const wait = { name: 'wait', value: '<seconds>', describe: 'For other runs (default 60), for a server' };
const allowExisting = { name: 'allow-existing', describe: 'Run in a database that has tables, but no ledger yet' };
const resumeAt = {
  name: 'resume-at',
  value: '<n>',
  describe: 'Go on with an unfinished step at its statement n',
};
const includeLate = { name: 'include-late', describe: 'Run revisions that turned up below applied ones too' };
const allowAhead = {
  name: 'allow-ahead',
  describe: 'Let the database be ahead of the files',
};
const scripted = [sql, from, fromDatabase, output, flavor, dryRun, expect];
const message = { name: 'message', short: 'm', value: '<text>', describe: 'What it does' };
const revId = { name: 'rev-id', value: '<id>', describe: 'This id instead of a random one' };
const label = { name: 'label', value: '<name>', describe: 'A branch label; may be repeated' };
const dependsOn = {
  name: 'depends-on',
  value: '<rev>',
  describe: 'Needs this one of another branch; may be repeated',
};
const splice = { name: 'splice', describe: 'Allow a parent that is not a head: starts a branch' };

const none = { least: 0, most: 0, named: '' };
const maybeOne = { least: 0, most: 1, named: '' };

export const commands: readonly CommandSpec[] = [
  {
    name: 'init',
    usage: '[dir]',
    words: maybeOne,
    describe: 'Start a project: updown.json, a manifest, an example. Never overwrites.',
    options: [{ name: 'bare', describe: 'Without the example' }],
    examples: ['init', 'init db/migrations --bare'],
    load: async () => (await import('./actions/init.ts')).action,
  },
  {
    name: 'revision',
    usage: '',
    words: none,
    describe: 'Add a revision: up.sql, down.sql and a line in the manifest.',
    options: [
      message,
      { name: 'parent', value: '<rev>', describe: 'What it stands on (default head; base: new root)' },
      splice,
      label,
      dependsOn,
      revId,
      { name: 'no-transaction', describe: 'Mark both files as non-transactional' },
    ],
    examples: [
      'revision -m "add orders.status"',
      'revision -m "billing tables" --parent 5cd0 --splice --label billing',
    ],
    load: async () => (await import('./actions/revision.ts')).action,
  },
  {
    name: 'upgrade',
    usage: '[target=head]',
    words: maybeOne,
    describe: 'Apply what is missing up to a target, or emit it as a script.',
    options: [
      ...scripted,
      split,
      oneTransaction,
      annotate,
      scratch,
      includeLate,
      allowAhead,
      bootstrap,
      grantTo,
      wait,
      allowExisting,
      resumeAt,
    ],
    examples: [
      'upgrade',
      'upgrade +1',
      'upgrade --sql --from 5cd0 -o upgrade.sql',
      'upgrade --dry-run',
      'upgrade billing@head',
    ],
    load: async () => (await import('./actions/upgrade.ts')).action,
  },
  {
    name: 'plan',
    usage: '[target=head]',
    words: maybeOne,
    describe: 'Show what an upgrade would do, and its digest; runs nothing.',
    options: [from, fromDatabase, includeLate, allowAhead],
    examples: ['plan', 'plan billing@head', 'plan --from 5cd0 --json'],
    load: async () => (await import('./actions/plan.ts')).action,
  },
  {
    name: 'downgrade',
    usage: '<target>',
    words: { least: 1, most: 1, named: 'a target: a revision, base, or -1' },
    describe: 'Revert what stands on a target, newest first, after asking.',
    options: [
      { name: 'yes', short: 'y', describe: 'Do not ask' },
      ...scripted,
      split,
      oneTransaction,
      annotate,
      scratch,
      wait,
      resumeAt,
    ],
    examples: ['downgrade -1', 'downgrade base --yes', 'downgrade 9e41:5cd0 --sql', 'downgrade billing@5cd0'],
    load: async () => (await import('./actions/downgrade.ts')).action,
  },
  {
    name: 'status',
    usage: '',
    words: none,
    describe: 'Where the database stands, and what is pending or wrong.',
    options: [
      { name: 'exit-code', describe: 'Exit 3 unless the ledger matches the files' },
      { name: 'wait', value: '<seconds>', describe: 'Until nothing is pending here; else exit 3' },
    ],
    examples: ['status', 'status --exit-code --json', 'status --wait 120'],
    load: async () => (await import('./actions/status.ts')).action,
  },
  {
    name: 'review',
    usage: '[range]',
    words: maybeOne,
    describe: 'Measure on scratch what pending statements lock and break.',
    options: [
      { name: 'down', describe: 'Review the way back: each down.sql' },
      scratch,
      { name: 'statement-timeout', value: '<time>', describe: 'For one statement there; default 1min' },
      { name: 'fail-on', value: '<severity>', describe: 'Exit 3 from this one on: error or warning' },
      { name: 'format', value: '<name>', describe: 'text, markdown, sarif or github' },
      { name: 'html', value: '<file>', describe: 'Write the report as one HTML page, too' },
    ],
    examples: [
      'review',
      'review 5cd0:head --fail-on error',
      'review --down',
      'review head:-1',
      'review --html review.html',
      'review --scratch postgres://localhost/postgres',
    ],
    load: async () => (await import('./actions/review.ts')).action,
  },
  {
    name: 'rules',
    usage: '',
    words: none,
    describe: 'The rules that a review judges by.',
    options: [],
    examples: ['rules', 'rules --json'],
    load: async () => (await import('./actions/rules.ts')).action,
  },
  {
    name: 'current',
    usage: '',
    words: none,
    describe: 'The applied heads.',
    options: [],
    examples: ['current'],
    load: async () => (await import('./actions/current.ts')).action,
  },
  {
    name: 'history',
    usage: '[range]',
    words: maybeOne,
    describe: 'Revisions, newest first; a range includes both ends.',
    options: [{ name: 'graph', short: 'g', describe: 'Draw the graph' }],
    examples: ['history --graph', 'history 5cd0:head', 'history current:'],
    load: async () => (await import('./actions/history.ts')).action,
  },
  {
    name: 'heads',
    usage: '',
    words: none,
    describe: 'The heads of the files.',
    options: [],
    examples: ['heads'],
    load: async () => (await import('./actions/heads.ts')).action,
  },
  {
    name: 'branches',
    usage: '',
    words: none,
    describe: 'Revisions with more than one child.',
    options: [],
    examples: ['branches'],
    load: async () => (await import('./actions/branches.ts')).action,
  },
  {
    name: 'show',
    usage: '<rev>',
    words: { least: 1, most: 1, named: 'a revision' },
    describe: 'One revision: its place, its files, when and by whom applied.',
    options: [],
    examples: ['show head', 'show 5cd0'],
    load: async () => (await import('./actions/show.ts')).action,
  },
  {
    name: 'merge',
    usage: '[revs]',
    words: { least: 0, most: 100, named: '' },
    describe: 'Add a revision that joins heads (default: all of them).',
    options: [message, splice, label, dependsOn, revId],
    examples: ['merge -m "join billing and main"', 'merge 5cd0 9e41 -m "join two"'],
    load: async () => (await import('./actions/merge.ts')).action,
  },
  {
    name: 'stamp',
    usage: '<targets>',
    words: { least: 1, most: 100, named: 'a target: a revision, head, heads or base' },
    describe: 'Record revisions as applied, or not, without running them.',
    options: [
      { name: 'only', describe: 'Record exactly these as applied, no other' },
      { name: 'forget', describe: 'Record exactly these as not applied, no other' },
      { name: 'purge', describe: 'Forget all else first, also what the files do not know' },
      ...scripted,
      wait,
    ],
    examples: ['stamp head', 'stamp 5cd0 --sql', 'stamp --only 5cd0', 'stamp base --purge'],
    load: async () => (await import('./actions/stamp.ts')).action,
  },
  {
    name: 'script',
    usage: '<verify> <path>',
    words: { least: 2, most: 2, named: 'verify and a script: updown script verify <path>' },
    describe: 'Check a script against the files and the database.',
    options: [scratch],
    examples: ['script verify upgrade.sql', 'script verify upgrade.sql --url postgres://dba@db.example.com/shop'],
    load: async () => (await import('./actions/script.ts')).action,
  },
  {
    name: 'import',
    usage: '<tool> <path>',
    words: { least: 2, most: 2, named: 'a tool (diesel, golang-migrate) and the folder that holds its history' },
    describe: "Take over another tool's history.",
    options: [{ name: 'dry-run', describe: 'Report only, write nothing' }],
    examples: [
      'import diesel ../app/migrations --dry-run',
      'import golang-migrate ../app/db/migrations --dir migrations',
    ],
    load: async () => (await import('./actions/import.ts')).action,
  },
];
