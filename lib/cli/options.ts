/** What an option may need beside it to have an effect, in the order in which it is looked at. */
export const needs = [
  'sql',
  'sql or dry run',
  'no sql',
  'no script',
  'a run',
  'a plan',
  'psql',
  'no target',
  'bootstrap',
  'annotate',
  'autogenerate',
  'the database',
  'the database or a script',
  'no json',
  'no range',
  'as SQL',
] as const;

export type Need = (typeof needs)[number];

/** One option: how it is written, what its value is, and beside what it means something. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  readonly type: keyof ValueTypes;
  /** How help shows the value, where its type does not say it. */
  readonly value?: string;
  /** The values of a choice. */
  readonly of?: readonly string[];
  readonly describe: string;
  /** Where it would have no effect, it is refused: what is dropped in silence would be taken for heard. */
  readonly needs?: readonly Need[];
  readonly conflicts?: readonly OptionKey[];
}

/** What an action gets of an option, by the option's type. */
export interface ValueTypes {
  /** Whether it is there. */
  readonly flag: boolean;
  readonly text: string | undefined;
  /** It may be repeated. */
  readonly list: readonly string[];
  readonly heads: string | undefined;
  readonly seconds: number | undefined;
  /** From 1 on. */
  readonly count: number | undefined;
  readonly choice: string | undefined;
}

/** Every option of every command, by the key under which an action finds its value. Where two commands mean two things by one name, it is two. */
export const options = {
  dir: { name: 'dir', type: 'text', value: '<folder>', describe: 'The migrations folder' },
  url: { name: 'url', type: 'text', value: '<url>', describe: 'postgres://…, pglite:<folder> or pglite:memory' },
  config: { name: 'config', type: 'text', value: '<file>', describe: 'The configuration, instead of updown.json' },
  ledgerSchema: {
    name: 'ledger-schema',
    type: 'text',
    value: '<name>',
    describe: 'The schema that holds the ledger',
  },
  json: { name: 'json', type: 'flag', describe: 'One JSON document on stdout' },
  quiet: { name: 'quiet', short: 'q', type: 'flag', describe: 'No progress on stderr' },
  noColor: { name: 'no-color', type: 'flag', describe: 'No colour (so does NO_COLOR)' },

  // Emitting
  bootstrap: {
    name: 'bootstrap',
    type: 'flag',
    describe: 'Emit only the ledger, for a role that may create it',
    needs: ['sql', 'no target'],
    conflicts: ['split', 'oneTransaction'],
  },
  split: {
    name: 'split',
    type: 'flag',
    describe: 'For psql: one file for each step, in a folder',
    needs: ['sql', 'psql'],
    conflicts: ['oneTransaction'],
  },
  oneTransaction: {
    name: 'one-transaction',
    type: 'flag',
    describe: 'For psql: all steps in one transaction',
    needs: ['sql', 'psql'],
  },
  annotate: {
    name: 'annotate',
    type: 'flag',
    describe: 'Add comments with what was measured on scratch',
    needs: ['sql', 'a plan'],
  },
  flavor: {
    name: 'flavor',
    type: 'choice',
    value: '<flavor>',
    of: ['psql', 'plain'],
    describe: 'psql, or plain: SQL for any client',
    needs: ['sql'],
  },
  sql: { name: 'sql', type: 'flag', describe: 'Emit a script instead; never connects' },
  output: {
    name: 'output',
    short: 'o',
    type: 'text',
    value: '<path>',
    describe: 'Write to a new file, or a folder for several',
  },
  grantTo: {
    name: 'grant-to',
    type: 'list',
    value: '<role>',
    describe: 'A role that may migrate; may be repeated',
    needs: ['bootstrap'],
  },
  scratch: {
    name: 'scratch',
    type: 'text',
    value: '<url>',
    describe: 'Use this server for the throwaway databases',
    needs: ['annotate', 'autogenerate'],
  },

  // Planning
  from: {
    name: 'from',
    type: 'heads',
    describe: 'Offline: where the plan starts; default base',
    needs: ['sql or dry run', 'a plan'],
    conflicts: ['fromDatabase'],
  },
  fromDatabase: {
    name: 'from-database',
    type: 'flag',
    describe: 'Read the start from the database',
    needs: ['sql or dry run', 'a plan'],
  },
  dryRun: {
    name: 'dry-run',
    type: 'flag',
    describe: 'Show the plan and its digest; run nothing',
    needs: ['no sql'],
  },
  includeLate: {
    name: 'include-late',
    type: 'flag',
    describe: 'Also run pending revisions below applied ones',
    needs: ['a plan', 'the database'],
  },
  allowAhead: {
    name: 'allow-ahead',
    type: 'flag',
    describe: 'Accept applied revisions that the files lack',
    needs: ['a plan', 'the database'],
  },
  refuseDrift: {
    name: 'refuse-drift',
    type: 'flag',
    describe: 'Run only if the schema is what the ledger says',
    needs: ['a run'],
  },
  allowExisting: {
    name: 'allow-existing',
    type: 'flag',
    describe: 'Run in a database that has tables, but no ledger yet',
    needs: ['a plan', 'the database or a script'],
  },
  expect: {
    name: 'expect',
    type: 'text',
    value: '<digest>',
    describe: 'Only this digest, script, plan; or approved',
    needs: ['a plan'],
  },

  // Running
  wait: { name: 'wait', type: 'seconds', describe: 'Wait for other runs (default 60) or server', needs: ['a run'] },
  yes: { name: 'yes', short: 'y', type: 'flag', describe: 'Do not ask', needs: ['a run'] },
  yesDestroy: {
    name: 'yes-destroy',
    type: 'text',
    value: '<database>',
    describe: 'Empty this database, marked or not',
  },
  resumeAt: {
    name: 'resume-at',
    type: 'count',
    describe: 'Resume an unfinished step at its statement n',
    needs: ['no script', 'a run'],
  },
  only: { name: 'only', type: 'flag', describe: 'Record only these revisions as applied' },
  forget: { name: 'forget', type: 'flag', describe: 'Record only these revisions as not applied' },
  force: { name: 'force', type: 'flag', describe: 'Record it even if the schema differs', needs: ['a run'] },
  purge: { name: 'purge', type: 'flag', describe: 'First forget all else, also unknown revisions' },

  log: {
    name: 'log',
    type: 'choice',
    value: '<format>',
    of: ['json'],
    describe: 'json: progress as lines of JSON on stderr',
    needs: ['a run'],
  },

  // Reading
  exitCode: { name: 'exit-code', type: 'flag', describe: 'Exit 3 unless the ledger matches the files' },
  schema: { name: 'schema', type: 'flag', describe: 'Also compare the schema' },
  awaitHeads: { name: 'wait', type: 'seconds', describe: 'Wait until nothing is pending; else exit 3' },
  graph: { name: 'graph', short: 'g', type: 'flag', describe: 'Draw the graph' },
  verbose: {
    name: 'verbose',
    short: 'v',
    type: 'flag',
    describe: 'Show all that is known about each revision',
    conflicts: ['graph'],
  },

  all: { name: 'verbose', short: 'v', type: 'flag', describe: 'Show every revision of a long list' },
  page: {
    name: 'html',
    type: 'text',
    value: '<file>',
    describe: 'Write the graph and a list as one HTML page',
  },

  // Checking
  against: { name: 'against', type: 'text', value: '<ref>', describe: 'Also check the merge with this git ref' },
  allow: { name: 'allow', type: 'list', value: '<code>', describe: 'Make this finding a note; may be repeated' },

  // Reviewing
  down: { name: 'down', type: 'flag', describe: 'Review the way back: each down.sql' },
  statementTimeout: {
    name: 'statement-timeout',
    type: 'text',
    value: '<time>',
    describe: 'For each statement on scratch; default 1min',
  },
  failOn: {
    name: 'fail-on',
    type: 'choice',
    value: '<severity>',
    of: ['error', 'warning'],
    describe: 'Exit 3 at this or worse: error or warning',
  },
  format: {
    name: 'format',
    type: 'choice',
    value: '<format>',
    of: ['text', 'markdown', 'sarif', 'github'],
    describe: 'text, markdown, sarif or github',
    needs: ['no json'],
  },
  html: { name: 'html', type: 'text', value: '<file>', describe: 'Also write the report as one HTML page' },
  markdown: { name: 'markdown', type: 'text', value: '<file>', describe: 'Also write a comment for a pull request' },
  sarif: { name: 'sarif', type: 'text', value: '<file>', describe: 'Also write SARIF 2.1.0' },

  // Verifying
  since: {
    name: 'since',
    type: 'text',
    value: '<ref>',
    describe: 'Only what the branch adds since it left this',
    needs: ['no range'],
  },
  jobs: { name: 'jobs', short: 'j', type: 'count', describe: 'How many throwaway databases at once; default 1' },
  schemaOnly: { name: 'schema-only', type: 'flag', describe: 'Do not put a row in every table' },
  freshExisting: {
    name: 'fresh-existing',
    type: 'text',
    value: '<dump.sql>',
    describe: 'This schema must equal that of the files',
  },

  write: { name: 'write', type: 'flag', describe: "Write the schema's hash beside the manifest" },
  writeSnapshot: { name: 'write-snapshot', type: 'flag', describe: 'Write the hash and the schema itself' },

  // Snapshots
  hash: { name: 'hash', type: 'flag', describe: 'Print only the sha256 of the schema', needs: ['no json'] },
  asSql: { name: 'sql', type: 'flag', describe: 'Print SQL that creates the schema', conflicts: ['hash'] },
  noOwner: { name: 'no-owner', type: 'flag', describe: 'Leave out the owners of objects', needs: ['as SQL'] },

  // Writing files
  bare: { name: 'bare', type: 'flag', describe: 'Leave out the example' },
  adopt: { name: 'from', type: 'text', value: '<url or dump>', describe: 'Adopt an existing schema' },
  forceBaseline: { name: 'force', type: 'flag', describe: 'Write it even if it lacks part of the schema' },
  plainOwner: { name: 'no-owner', type: 'flag', describe: 'Leave out the owners of objects' },
  message: { name: 'message', short: 'm', type: 'text', value: '<text>', describe: 'What the revision does' },
  parent: {
    name: 'parent',
    type: 'text',
    value: '<rev>',
    describe: 'Parent revision (default head; base: new root)',
  },
  splice: { name: 'splice', type: 'flag', describe: 'Allow a parent that is not a head: starts a branch' },
  label: { name: 'label', type: 'list', value: '<name>', describe: 'A branch label; may be repeated' },
  dependsOn: {
    name: 'depends-on',
    type: 'list',
    value: '<rev>',
    describe: 'Needs this revision, too; may be repeated',
  },
  revId: { name: 'rev-id', type: 'text', value: '<id>', describe: 'Use this id instead of a random one' },
  noTransaction: {
    name: 'no-transaction',
    type: 'flag',
    describe: 'Mark both files as non-transactional',
    conflicts: ['autogenerate'],
  },
  autogenerate: {
    name: 'autogenerate',
    type: 'flag',
    describe: 'Write the SQL that the revisions still lack',
  },
  fromSchema: {
    name: 'from-schema',
    type: 'text',
    value: '<path>',
    describe: 'The wanted schema: a file or folder of SQL',
    needs: ['autogenerate'],
  },
  rename: {
    name: 'rename',
    type: 'list',
    value: '<old=new>',
    describe: 'Rename this object; may be repeated',
    needs: ['autogenerate'],
  },
  drop: {
    name: 'drop',
    type: 'list',
    value: '<name>',
    describe: 'Drop this object and its data; may be repeated',
    needs: ['autogenerate'],
  },
  empty: {
    name: 'empty',
    type: 'flag',
    describe: 'Write an empty revision if nothing differs',
    needs: ['autogenerate'],
  },
  renew: {
    name: 'renew',
    type: 'list',
    value: '<rev>',
    describe: 'Seal this revision again; may be repeated',
  },
  goDown: { name: 'down', type: 'flag', describe: 'Approve a downgrade to the target' },
  by: { name: 'by', type: 'text', value: '<name>', describe: 'Who approves it; default: your name in git' },
  until: {
    name: 'until',
    type: 'text',
    value: '<day>',
    describe: 'The last day on which the approval is valid',
    conflicts: ['days'],
  },
  days: { name: 'days', type: 'count', describe: 'For how many days it is valid; default 30' },
  forDatabase: {
    name: 'database',
    type: 'text',
    value: '<name>',
    describe: 'Only this database: name or host:port/name',
  },
  renewApproval: { name: 'renew', type: 'flag', describe: 'Replace an existing approval' },
  onto: { name: 'onto', type: 'text', value: '<head>', describe: 'The new parent (default: the other head)' },
  renameFolders: { name: 'rename-folders', type: 'flag', describe: 'Also give their folders later times' },
  joinTexts: { name: 'join', type: 'flag', describe: 'Join the text of the files, even from base' },
  keepData: {
    name: 'keep-data',
    type: 'flag',
    describe: 'Keep statements about rows (implies --join)',
    conflicts: ['dropData'],
  },
  dropData: { name: 'drop-data', type: 'flag', describe: 'Leave out statements about rows' },
  proveOnly: { name: 'dry-run', type: 'flag', describe: 'Prove it, but write nothing' },
  forceSquash: { name: 'force', type: 'flag', describe: 'Remove files even if git does not have them' },
  reportOnly: { name: 'dry-run', type: 'flag', describe: 'Only report; write nothing' },
} as const;

export type OptionKey = keyof typeof options;

/** What every option comes to. */
export type Values = { readonly [Key in OptionKey]: ValueOf<(typeof options)[Key]> };

type ValueOf<Spec extends { readonly type: keyof ValueTypes }> = Spec extends { readonly of: readonly (infer Word)[] }
  ? Word | undefined
  : ValueTypes[Spec['type']];

/** With its key. */
export interface Option extends OptionSpec {
  readonly key: OptionKey;
}

export function optionOf(key: OptionKey): Option {
  return { key, ...options[key] };
}

/** How help shows the value; a flag has none. */
export function shownValue({ type, value }: OptionSpec): string | undefined {
  return value ?? shown[type];
}

const shown: { readonly [Type in keyof ValueTypes]?: string } = {
  heads: '<heads>',
  seconds: '<seconds>',
  count: '<n>',
};
