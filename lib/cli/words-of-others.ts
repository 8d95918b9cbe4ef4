/** What to say to a command that another tool has. */
export function answerWord(word: string): string | undefined {
  const plain = word.toLowerCase().replaceAll('_', '-');
  return answers.get(plain) ?? answers.get(plain.replace(/^(db|migrate|migration|migrations|schema)[:-]/, ''));
}

const families: readonly (readonly [words: string, answer: string])[] = [
  [
    'migrate up apply deploy update run latest push execute sync migrate-up up-all goto to',
    'To apply what is missing: updown upgrade',
  ],
  ['down rollback undo revert back down-all', 'To take back the latest revision: updown downgrade -1'],
  ['redo', 'To take back the latest revision: updown downgrade -1. Then run it again: updown upgrade +1'],
  ['makemigrations make new create generate add g', 'To add a revision: updown revision -m "what it does"'],
  ['info showmigrations pending state migrations', 'To see where the database stands: updown status'],
  ['list ls log', 'To see all revisions: updown history'],
  ['version which whoami', 'To see the applied heads: updown current. The version of the program: updown --version'],
  ['validate', 'To compare the ledger with the files: updown status --exit-code'],
  ['lint analyze', 'To measure what the pending statements do: updown review'],
  ['sqlmigrate sql emit dry-run dryrun updatesql', 'To see the SQL that an upgrade would run: updown upgrade --sql'],
  [
    'repair resolve',
    'To see what is wrong and what to do: updown status. To record an edited file, and nothing else: updown stamp --only <revision>',
  ],
  [
    'fake force mark mark-applied changelogsync set',
    'To record revisions without running them: updown stamp <revision>',
  ],
  [
    'clean drop dropdb wipe fresh nuke refresh',
    'To empty a development database, and upgrade it again: updown reset. To revert every revision: updown downgrade base',
  ],
  ['dump structure', 'To print a schema as SQL: updown snapshot --sql'],
  ['setup install start', 'To start a project: updown init'],
];

const answers: ReadonlyMap<string, string> = new Map(
  families.flatMap(([words, answer]) => words.split(' ').map((word) => [word, answer] as const)),
);
