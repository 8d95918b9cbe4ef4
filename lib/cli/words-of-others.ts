/** What to say to a command that another tool has; some have it in two words, such as `migrate deploy`. */
export function answerWord(word: string, behind: string | undefined, known: readonly string[]): string | undefined {
  const plain = plainOf(word);
  if (behind !== undefined && groups.test(plain)) {
    const second = plainOf(behind);
    if (known.includes(second)) return `Leave "${word}" out: updown ${second}`;
    const answer = answerPair(plain, second);
    if (answer !== undefined) return answer;
  }
  const [, group = '', rest = ''] = joined.exec(plain) ?? [];
  return answers.get(plain) ?? answerPair(group, rest);
}

function answerPair(group: string, second: string): string | undefined {
  return answers.get(`${group} ${second}`) ?? answers.get(second);
}

/** What to say to an option that another tool has; behind a command, what that command can take. */
export function answerOption(option: string, command?: string): string | undefined {
  const plain = plainOption(option);
  const found = optionHints.find(
    ([options, , only]) =>
      options.split(' ').includes(plain) && (command === undefined || only?.split(' ').includes(command) !== false),
  );
  return found?.[1];
}

/** Some tools write long options with one dash, and in camel case: `-outOfOrder`. */
function plainOption(option: string): string {
  const bare = plainOf(option.replace(/^--?/, '').replace(/([a-z])([A-Z])/g, '$1-$2'));
  return `${bare.length === 1 ? '-' : '--'}${bare}`;
}

function plainOf(word: string): string {
  return word.toLowerCase().replaceAll('_', '-');
}

const groups = /^(db|migrate|migration|migrations|schema)$/;

/** Some tools write both words as one: `db:create`, `migrate-up`. */
const joined = /^(db|migrate|migration|migrations|schema)[:-](.+)$/;

const autogenerate = 'To write what the revisions still lack: updown revision --autogenerate -m "what it does"';

/** Words that mean something else behind a group's word than alone. */
const pairs: readonly (readonly [pair: string, answer: string])[] = [
  ['migrate diff', autogenerate],
  ['migrate dev', `${autogenerate}. To apply it: updown upgrade`],
  ['db execute', 'To run SQL that is no revision: psql'],
  ['db create', 'To create a database: createdb. To start a project: updown init'],
];

const families: readonly (readonly [words: string, answer: string])[] = [
  [
    'migrate up apply deploy update run latest push execute sync migrate-up up-all load',
    'To apply what is missing: updown upgrade',
  ],
  [
    'update-count goto to',
    'To apply what is missing: updown upgrade. Only some of it: updown upgrade +1, or updown upgrade <revision>',
  ],
  ['down rollback rollback-count undo revert back down-all', 'To take back the latest revision: updown downgrade -1'],
  ['redo', 'To take back the latest revision: updown downgrade -1. Then run it again: updown upgrade +1'],
  ['makemigrations make new generate add g dev', 'To add a revision: updown revision -m "what it does"'],
  ['create', 'To add a revision: updown revision -m "what it does". To create a database: createdb'],
  ['info showmigrations pending state migrations', 'To see where the database stands: updown status'],
  ['list ls log', 'To see all revisions: updown history'],
  ['version which whoami', 'To see the applied heads: updown current. The version of the program: updown --version'],
  ['validate', 'To compare the ledger with the files: updown status --exit-code'],
  ['lint analyze', 'To measure what the pending statements do: updown review'],
  [
    'sqlmigrate sql emit dry-run dryrun updatesql update-sql',
    'To see the SQL that an upgrade would run: updown upgrade --sql',
  ],
  [
    'repair',
    'To see what is wrong and what to do: updown status. To record an edited file, and nothing else: updown stamp --only <revision>',
  ],
  [
    'resolve',
    'To record a revision as applied: updown stamp --only <revision>. As not applied: updown stamp --forget <revision>',
  ],
  [
    'fake force mark mark-applied changelogsync changelog-sync set',
    'To record revisions without running them: updown stamp <revision>',
  ],
  [
    'clean drop drop-all dropdb wipe fresh nuke refresh',
    'To empty a development database, and upgrade it again: updown reset. To revert every revision: updown downgrade base',
  ],
  ['dump structure inspect', 'To print a schema as SQL: updown snapshot --sql'],
  ['pull generate-changelog', 'To write the schema of a database as the first revision: updown baseline --url <url>'],
  ['diff-changelog', autogenerate],
  ['rollback-sql future-rollback-sql', 'To see the SQL that takes back the latest revision: updown downgrade -1 --sql'],
  ['diff', 'To compare a database with the files: updown check --url <url>'],
  ['test update-testing-rollback', 'To prove that each down.sql undoes its up.sql: updown verify'],
  ['hash tag', 'To freeze the revisions that are released: updown seal'],
  ['wait', 'To wait for the server, and then apply what is missing: updown upgrade --wait 60'],
  ['release-locks', 'No lock is left behind by a run that has ended. To see who is at work: updown status'],
  ['edit', 'To see which files to edit: updown show <revision>'],
  ['ensure-version', 'The first upgrade makes the ledger. To emit the ledger alone: updown upgrade --sql --bootstrap'],
  ['setup install start list-templates', 'To start a project: updown init'],
];

/** The first one counts that is for the command, where it is for some alone. */
const optionHints: readonly (readonly [options: string, answer: string, only?: string])[] = [
  [
    '-v --verbose',
    'To see everything about each revision: updown history --verbose',
    'current heads branches show rebase merge',
  ],
  ['-v --verbose --debug', 'To see each statement as it runs: --log json', 'upgrade downgrade reset stamp'],
  ['--check-heads', 'To end with 3 unless all is applied: updown status --exit-code'],
  ['-i --indicate-current', 'The applied heads are always marked: updown history'],
  ['-r --rev-range', 'Write the range without an option: updown history <from>:<to>'],
  ['--head', 'Write --parent <revision>.', 'revision'],
  ['--branch-label', 'Write --label <name>.', 'revision merge'],
  ['--name --title', 'Write -m <text>.', 'revision merge squash'],
  ['--ext --seq --digits --format', 'The folder is named by itself: updown revision -m "what it does"', 'revision'],
  ['--create-only', 'Nothing is applied until you upgrade: leave it out.', 'revision'],
  ['--to', 'Write --from-schema <path>.', 'revision'],
  ['--dev-url', 'Write --scratch <url>.', 'revision upgrade check verify review baseline'],
  [
    '--from-empty --from-url --from-migrations --from-schema-datamodel --to-schema-datamodel --to-schema --to-migrations --to-url',
    autogenerate,
  ],
  [
    '--version-path --path --migrations-dir --source --locations --changelog-file --change-log-file',
    'Write --dir <folder>.',
  ],
  ['--database --database-url --connection -u', 'Write --url <url>.'],
  ['-c -n --name --env --config-files', 'Write --config <file>: each database may have a configuration of its own.'],
  ['--user --username --password', 'Write both into the url, or set PGUSER and PGPASSWORD.'],
  ['--migrations-table --revisions-schema --table', 'Write --ledger-schema <name>.'],
  ['-x', 'The SQL takes no arguments. Another database: --url <url>; other settings: --config <file>'],
  ['--raiseerr', 'Set UPDOWN_DEBUG=1 in the environment to see where updown itself fails.'],
  ['--fake --log-only', 'To record revisions without running them: updown stamp <revision>'],
  ['--applied', 'To record a revision without running it: updown stamp --only <revision>'],
  ['--rolled-back', 'To record that a revision is not applied: updown stamp --forget <revision>'],
  ['--rollback', 'To take back the latest revision: updown downgrade -1'],
  ['--script --dry-run-output', 'To see the SQL that an upgrade would run: updown upgrade --sql'],
  ['--out-of-order', 'To run revisions that turned up below applied ones, too: updown upgrade --include-late'],
  ['--drift', 'To compare a database with the files: updown check --url <url>'],
  ['--baseline-on-migrate', 'To write the schema of a database as the first revision: updown baseline --url <url>'],
  [
    '--execute-in-transaction --mixed --tx-mode',
    'Where a file is to run outside a transaction, write at its head: -- updown: no-transaction',
  ],
  [
    '--target --to --to-version --steps --count',
    'Write the target without an option: updown upgrade <revision>, or +1',
  ],
];

const answers: ReadonlyMap<string, string> = new Map([
  ...pairs,
  ...families.flatMap(([words, answer]) => words.split(' ').map((word) => [word, answer] as const)),
]);
