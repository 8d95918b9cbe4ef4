import { type Option, type OptionKey, optionOf, type Values } from './options.ts';

/** What every command takes. */
const everywhere = ['dir', 'url', 'config', 'ledgerSchema', 'json', 'quiet', 'noColor'] as const;

/** Each command as the user meets it: words after it as help shows them, and its options by their keys. */
export const declared = {
  init: {
    usage: '[dir]',
    words: { least: 0, most: 1, named: '' },
    describe: 'Start a project: updown.json, a manifest, an example.',
    options: ['bare', 'adopt', 'scratch', 'statementTimeout'],
    examples: ['init', 'init db/migrations --bare', 'init --from postgres://localhost/shop'],
  },
  baseline: {
    usage: '[source]',
    words: { least: 0, most: 1, named: '' },
    describe: 'Write the first revision from an existing schema.',
    options: ['message', 'plainOwner', 'forceBaseline', 'scratch', 'statementTimeout'],
    examples: [
      'baseline --url postgres://localhost/shop',
      'baseline schema.sql',
      'baseline postgres://localhost/shop --no-owner',
    ],
  },
  revision: {
    usage: '',
    words: { least: 0, most: 0, named: '' },
    describe: 'Add a revision: up.sql, down.sql and a line in the manifest.',
    options: [
      'message',
      'autogenerate',
      'fromSchema',
      'rename',
      'drop',
      'empty',
      'parent',
      'splice',
      'label',
      'dependsOn',
      'revId',
      'noTransaction',
      'scratch',
    ],
    examples: [
      'revision -m "add orders.status"',
      'revision --autogenerate -m "add invoices"',
      'revision --autogenerate -m "purchases" --rename orders=purchases',
      'revision -m "billing tables" --parent 5cd0 --splice --label billing',
    ],
  },
  upgrade: {
    usage: '[target=head]',
    words: { least: 0, most: 1, named: '' },
    describe: 'Apply what is missing up to a target, or emit it as a script.',
    options: [
      'sql',
      'from',
      'fromDatabase',
      'output',
      'flavor',
      'dryRun',
      'expect',
      'split',
      'oneTransaction',
      'annotate',
      'scratch',
      'includeLate',
      'allowAhead',
      'refuseDrift',
      'bootstrap',
      'grantTo',
      'wait',
      'allowExisting',
      'resumeAt',
      'log',
    ],
    examples: [
      'upgrade',
      'upgrade +1',
      'upgrade --sql --from 5cd0 -o upgrade.sql',
      'upgrade --dry-run',
      'upgrade billing@head',
    ],
  },
  plan: {
    usage: '[target=head]',
    words: { least: 0, most: 1, named: '' },
    describe: 'Show what an upgrade would do, and its digest; run nothing.',
    options: ['from', 'fromDatabase', 'includeLate', 'allowAhead'],
    examples: ['plan', 'plan billing@head', 'plan --from 5cd0 --json'],
  },
  approve: {
    usage: '[target=head]',
    words: { least: 0, most: 1, named: '' },
    describe: 'Show a plan, ask, and record the approval.',
    options: [
      'from',
      'fromDatabase',
      'goDown',
      'includeLate',
      'allowExisting',
      'by',
      'until',
      'days',
      'forDatabase',
      'renewApproval',
      'scratch',
      'statementTimeout',
    ],
    examples: [
      'approve 5cd0:head',
      'approve upgrade.sql --until 2099-12-31',
      'approve 9e41:5cd0',
      'approve --url postgres://dba@db.example.com/shop',
    ],
  },
  downgrade: {
    usage: '<target>',
    words: { least: 1, most: 1, named: 'a target: a revision, base, or -1' },
    describe: 'Revert revisions above a target, newest first, after asking.',
    options: [
      'yes',
      'sql',
      'from',
      'fromDatabase',
      'output',
      'flavor',
      'dryRun',
      'expect',
      'split',
      'oneTransaction',
      'annotate',
      'scratch',
      'wait',
      'resumeAt',
      'log',
    ],
    examples: ['downgrade -1', 'downgrade base --yes', 'downgrade 9e41:5cd0 --sql', 'downgrade billing@5cd0'],
  },
  reset: {
    usage: '[target=head]',
    words: { least: 0, most: 1, named: '' },
    describe: 'Empty a development database and upgrade it, after asking.',
    options: ['yes', 'yesDestroy', 'scratch', 'statementTimeout', 'wait', 'log'],
    examples: ['reset', 'reset --yes', 'reset --yes-destroy shop_test'],
  },
  status: {
    usage: '',
    words: { least: 0, most: 0, named: '' },
    describe: 'Show where the database stands, and what is pending or wrong.',
    options: ['exitCode', 'awaitHeads', 'schema', 'scratch', 'all'],
    examples: ['status', 'status --exit-code --json', 'status --wait 120'],
  },
  review: {
    usage: '[range]',
    words: { least: 0, most: 1, named: '' },
    describe: 'Measure on scratch what pending statements lock and break.',
    options: ['since', 'down', 'scratch', 'statementTimeout', 'failOn', 'format', 'html', 'markdown', 'sarif'],
    examples: [
      'review',
      'review 5cd0:head --fail-on error',
      'review --since origin/main --format markdown',
      'review --down',
      'review head:-1',
      'review --html review.html',
      'review --scratch postgres://localhost/postgres',
    ],
  },
  verify: {
    usage: '[range]',
    words: { least: 0, most: 1, named: '' },
    describe: 'Prove on scratch that each down.sql undoes its up.sql.',
    options: ['scratch', 'statementTimeout', 'since', 'jobs', 'schemaOnly', 'freshExisting', 'write', 'writeSnapshot'],
    examples: [
      'verify',
      'verify 5cd0:head',
      'verify --since origin/main',
      'verify --jobs 4 --scratch postgres://localhost/postgres',
      'verify --fresh-existing production.sql',
    ],
  },
  snapshot: {
    usage: '[target]',
    words: { least: 0, most: 1, named: '' },
    describe: 'Print a schema as text: of the database, or of the files.',
    options: ['hash', 'asSql', 'noOwner', 'output', 'scratch', 'statementTimeout'],
    examples: [
      'snapshot',
      'snapshot head -o schema.txt',
      'snapshot 5cd0 --hash',
      'snapshot head --sql -o structure.sql',
      'snapshot --json',
    ],
  },
  rules: {
    usage: '',
    words: { least: 0, most: 0, named: '' },
    describe: 'List the rules of a review.',
    options: [],
    examples: ['rules', 'rules --json'],
  },
  current: {
    usage: '',
    words: { least: 0, most: 0, named: '' },
    describe: 'Show the applied heads.',
    options: [],
    examples: ['current'],
  },
  history: {
    usage: '[range]',
    words: { least: 0, most: 1, named: '' },
    describe: 'List revisions, newest first; a range includes both ends.',
    options: ['graph', 'verbose', 'page'],
    examples: [
      'history --graph',
      'history --verbose',
      'history --html history.html',
      'history 5cd0:head',
      'history current:',
    ],
  },
  heads: {
    usage: '',
    words: { least: 0, most: 0, named: '' },
    describe: 'List the heads of the files.',
    options: [],
    examples: ['heads'],
  },
  branches: {
    usage: '',
    words: { least: 0, most: 0, named: '' },
    describe: 'List revisions with more than one child.',
    options: [],
    examples: ['branches'],
  },
  show: {
    usage: '<rev>',
    words: { least: 1, most: 1, named: 'a revision' },
    describe: 'Show a revision: its place, its files, who applied it and when.',
    options: [],
    examples: ['show head', 'show 5cd0'],
  },
  merge: {
    usage: '[revs]',
    words: { least: 0, most: 100, named: '' },
    describe: 'Add a revision that joins heads (default: all of them).',
    options: ['message', 'splice', 'label', 'dependsOn', 'revId'],
    examples: ['merge -m "join billing and main"', 'merge 5cd0 9e41 -m "join two"'],
  },
  rebase: {
    usage: '[rev]',
    words: { least: 0, most: 1, named: '' },
    describe: "Move a branch's own revisions onto another head.",
    options: ['onto', 'renameFolders'],
    examples: ['rebase 9e41 --onto 5cd0', 'rebase 9e41 --rename-folders'],
  },
  squash: {
    usage: '<range>',
    words: { least: 1, most: 1, named: 'a range: <from>:<to>, or :<to> from base' },
    describe: 'Replace several revisions with one that makes the same schema.',
    options: [
      'message',
      'joinTexts',
      'keepData',
      'dropData',
      'proveOnly',
      'forceSquash',
      'scratch',
      'statementTimeout',
    ],
    examples: ['squash :5cd0', 'squash 5cd0:9e41 -m "billing"', 'squash :5cd0 --drop-data', 'squash :5cd0 --dry-run'],
  },
  seal: {
    usage: '[target=head]',
    words: { least: 0, most: 1, named: '' },
    describe: 'Freeze released revisions: from then on an edit is an error.',
    options: ['renew'],
    examples: ['seal', 'seal 5cd0', 'seal --renew 5cd0'],
  },
  check: {
    usage: '',
    words: { least: 0, most: 0, named: '' },
    describe: 'Find what is wrong with the files; needs no database.',
    options: ['against', 'allow', 'scratch', 'statementTimeout'],
    examples: [
      'check',
      'check --against origin/main',
      'check --allow multiple-heads',
      'check --url postgres://dba@db.example.com/shop',
    ],
  },
  stamp: {
    usage: '<targets>',
    words: { least: 1, most: 100, named: 'a target: a revision, head, heads or base' },
    describe: 'Record revisions as applied, or not, without running them.',
    options: [
      'only',
      'forget',
      'purge',
      'force',
      'scratch',
      'statementTimeout',
      'sql',
      'from',
      'fromDatabase',
      'output',
      'flavor',
      'dryRun',
      'expect',
      'wait',
      'log',
    ],
    examples: ['stamp head', 'stamp 5cd0 --sql', 'stamp --only 5cd0', 'stamp base --purge'],
  },
  script: {
    usage: '<verify> <path>',
    words: { least: 2, most: 2, named: 'verify and a script: updown script verify <path>', first: ['verify'] },
    describe: 'Check a script against the files and the database.',
    options: ['scratch'],
    examples: ['script verify upgrade.sql', 'script verify upgrade.sql --url postgres://dba@db.example.com/shop'],
  },
  import: {
    usage: '<tool> <path>',
    words: {
      least: 2,
      most: 2,
      named: 'a tool (diesel, golang-migrate) and the folder that holds its history',
      first: ['diesel', 'golang-migrate'],
    },
    describe: "Take over another tool's history.",
    options: ['reportOnly'],
    examples: [
      'import diesel ../app/migrations --dry-run',
      'import golang-migrate ../app/db/migrations --dir migrations',
    ],
  },
  completion: {
    usage: '<shell>',
    words: { least: 1, most: 1, named: 'a shell: bash, zsh or fish', first: ['bash', 'zsh', 'fish'] },
    describe: 'Print a shell script that completes commands and revisions.',
    options: [],
    examples: ['completion bash', 'completion zsh', 'completion fish'],
  },
} as const;

export type CommandName = keyof typeof declared;

/** What a command is given of its options: an action can't read one that its command does not declare. */
export type Given<Name extends CommandName> = Name extends CommandName
  ? Pick<Values, (typeof declared)[Name]['options'][number] | (typeof everywhere)[number]>
  : never;

export interface CommandSpec {
  readonly name: CommandName;
  readonly usage: string;
  readonly words: {
    readonly least: number;
    readonly most: number;
    readonly named: string;
    /** What the first of them may be, where that is one of a few. */
    readonly first?: readonly string[];
  };
  readonly describe: string;
  /** Its own, without those of every command. */
  readonly options: readonly Option[];
  readonly examples: readonly string[];
}

export const globalOptions: readonly Option[] = everywhere.map(optionOf);

export const commands: readonly CommandSpec[] = (Object.keys(declared) as CommandName[]).map((name) => {
  const keys: readonly OptionKey[] = declared[name].options;
  return { name, ...declared[name], options: keys.map(optionOf) };
});
