import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { find, type Report } from './finding.ts';
import { addSample, type Command, interleave, type Samples, time } from './measure.ts';
import { writeUpdown } from './project.ts';
import { updown } from './sides.ts';

const tables = 30;
const statements = 100;
const difference = `${statements} statements more`;
const processor = `${difference}, processor time`;

/** `updown review` in this process: of one statement, which is all start-up, and of a hundred more. */
export async function measureReview(folder: string, rounds: number): Promise<Report> {
  const subjects = [1, statements + 1].map((count) => ({
    name: `review of ${count}`,
    command: review(folder, count),
  }));
  const samples: Samples = new Map();
  // The first round fills the caches and does not count.
  await interleave(rounds + 1, subjects, async ({ name, command }, round) => {
    const milliseconds = await time(command);
    if (round === 0) return;
    addSample(samples, name, milliseconds);
    addSample(samples, `${name}, processor`, readProcessor(command));
  });
  const [small, large] = subjects.map(({ name }) => name) as [string, string];
  const subtract = (suffix: string) => {
    const one = samples.get(`${small}${suffix}`) ?? [];
    return (samples.get(`${large}${suffix}`) ?? []).map((many, round) => many - (one[round] ?? 0));
  };
  samples.set(difference, subtract(''));
  samples.set(processor, subtract(', processor'));
  return {
    title: 'Review',
    notes: [
      `median of ${rounds} ${rounds === 1 ? 'run' : 'runs'} of \`updown review\` in process, on a history of ${tables} tables with two indexes each`,
      'the statements are of ten kinds: columns, types, constraints, indexes, triggers, views, rows, DO',
    ],
    findings: [
      find({ samples, name: small }),
      find({ samples, name: large }),
      find({ samples, name: difference }, 3000),
      find({ samples, name: processor }),
    ],
  };
}

function review(folder: string, count: number): Command {
  const root = join(folder, `review-${count}`);
  mkdirSync(root);
  const history = Array.from({ length: tables }, (_, table) => makeTable(table)).join('');
  const plan = Array.from({ length: count }, (_, index) => makeStatement(index)).join('');
  const dir = writeUpdown(root, [
    { time: '20250101000001', name: 'tables', up: history, down: 'SELECT 1;\n' },
    { time: '20250101000002', name: 'changes', up: plan, down: 'SELECT 1;\n' },
  ]);
  const command = updown(root, 'review.txt', ['review', '--dir', dir]);
  return { ...command, args: ['--import', tellProcessor, ...command.args] };
}

/** PostgreSQL runs in this very process: its processor time is in it. */
const tellProcessor =
  'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();process.stderr.write("\\n"+(user+system))})';

function readProcessor({ output }: Command): number {
  return Number(readFileSync(output, 'utf8').split('\n').at(-1)) / 1000;
}

function makeTable(table: number): string {
  const parent = table === 0 ? '' : ` REFERENCES t${table - 1} (id)`;
  return `CREATE TABLE t${table} (id integer PRIMARY KEY, parent integer${parent}, name text, amount numeric(10, 2), made timestamptz);
CREATE INDEX t${table}_name ON t${table} (name);\n`;
}

/** Each kind once on each of ten tables. */
function makeStatement(index: number): string {
  const [t, kind] = [`t${Math.floor(index / kinds.length)}`, kinds[index % kinds.length]!];
  return `${kind.replaceAll('$t', t)};\n`;
}

const kinds = [
  'ALTER TABLE $t ADD COLUMN note text',
  'ALTER TABLE $t ALTER COLUMN amount TYPE numeric(12, 4)',
  'ALTER TABLE $t ADD CONSTRAINT $t_amount CHECK (amount > 0) NOT VALID',
  'CREATE INDEX $t_made ON $t (made)',
  "UPDATE $t SET note = 'x' WHERE name = 'y'",
  'ALTER TABLE $t ALTER COLUMN made SET NOT NULL',
  'CREATE VIEW $t_view AS SELECT id, name FROM $t',
  "INSERT INTO $t (id, name, made) VALUES (1, 'a', now())",
  'DO $$ BEGIN ALTER TABLE $t RENAME COLUMN note TO remark; END $$',
  'CREATE UNIQUE INDEX $t_parent ON $t (parent, id)',
];
