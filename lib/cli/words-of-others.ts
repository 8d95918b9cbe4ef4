/** What to say to a command that another tool has; some have it in two words, such as `migrate deploy`. */
export function answerWord(word: string, behind: string | undefined, known: readonly string[]): string | undefined {
  const plain = plainOf(word);
  if (behind !== undefined && groups.test(plain)) {
    const second = plainOf(behind);
    if (known.includes(second)) return `Leave "${word}" out: updown ${second}`;
    if (answers.has(second)) return answers.get(second);
  }
  return answers.get(plain) ?? answers.get(plain.replace(/^(db|migrate|migration|migrations|schema)[:-]/, ''));
}

/** What to say to an option that another tool has. */
export function answerOption(option: string): string | undefined {
  return optionAnswers.get(option.toLowerCase());
}

function plainOf(word: string): string {
  return word.toLowerCase().replaceAll('_', '-');
}

const groups = /^(db|migrate|migration|migrations|schema)$/;

const families: readonly (readonly [words: string, answer: string])[] = [
  [
    'migrate up apply deploy update update-count run latest push execute sync migrate-up up-all goto to',
    'To apply what is missing: updown upgrade',
  ],
  ['down rollback rollback-count undo revert back down-all', 'To take back the latest revision: updown downgrade -1'],
  ['redo', 'To take back the latest revision: updown downgrade -1. Then run it again: updown upgrade +1'],
  ['makemigrations make new create generate add g dev', 'To add a revision: updown revision -m "what it does"'],
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
    'repair resolve',
    'To see what is wrong and what to do: updown status. To record an edited file, and nothing else: updown stamp --only <revision>',
  ],
  [
    'fake force mark mark-applied changelogsync changelog-sync set',
    'To record revisions without running them: updown stamp <revision>',
  ],
  [
    'clean drop drop-all dropdb wipe fresh nuke refresh load',
    'To empty a development database, and upgrade it again: updown reset. To revert every revision: updown downgrade base',
  ],
  ['dump structure inspect', 'To print a schema as SQL: updown snapshot --sql'],
  ['pull generate-changelog', 'To write the schema of a database as the first revision: updown baseline --url <url>'],
  ['diff diff-changelog', 'To compare a database with the files: updown check --url <url>'],
  ['test update-testing-rollback', 'To prove that each down.sql undoes its up.sql: updown verify'],
  ['hash tag', 'To freeze the revisions that are released: updown seal'],
  ['wait', 'To wait for the server, and then apply what is missing: updown upgrade --wait 60'],
  ['release-locks', 'No lock is left behind by a run that has ended. To see who is at work: updown status'],
  ['edit', 'To see which files to edit: updown show <revision>'],
  ['ensure-version', 'The first upgrade makes the ledger. To emit the ledger alone: updown upgrade --sql --bootstrap'],
  ['setup install start list-templates', 'To start a project: updown init'],
];

const optionHints: readonly (readonly [options: string, answer: string])[] = [
  ['-v --verbose', 'To see all that is known of each revision: updown history --verbose'],
  ['--check-heads', 'To end with 3 unless all is applied: updown status --exit-code'],
  ['-i --indicate-current', 'The applied heads are always marked: updown history'],
  ['-r --rev-range', 'Write the range without an option: updown history <from>:<to>'],
  ['--head', 'Write --parent <revision>.'],
  ['--branch-label', 'Write --label <name>.'],
  ['--version-path --path --migrations-dir --source --locations', 'Write --dir <folder>.'],
  ['--database --database-url --connection -u', 'Write --url <url>.'],
  ['-c -n --name --env', 'Write --config <file>: each database may have a configuration of its own.'],
  ['-x', 'The SQL takes no arguments. Another database: --url <url>; other settings: --config <file>'],
  ['--raiseerr', 'Set UPDOWN_DEBUG=1 in the environment to see where updown itself fails.'],
  ['--fake --log-only', 'To record revisions without running them: updown stamp <revision>'],
  [
    '--target --to --to-version --steps --count',
    'Write the target without an option: updown upgrade <revision>, or +1',
  ],
];

const optionAnswers: ReadonlyMap<string, string> = new Map(
  optionHints.flatMap(([names, answer]) => names.split(' ').map((name) => [name, answer] as const)),
);

const answers: ReadonlyMap<string, string> = new Map(
  families.flatMap(([words, answer]) => words.split(' ').map((word) => [word, answer] as const)),
);
