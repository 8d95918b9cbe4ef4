import type { UpdownError } from '../index.ts';
import { type Parsed, usage } from './argv.ts';
import { type Mode, modeOf, startsOnline } from './mode.ts';
import { type Need, needs, type Option } from './options.ts';

interface Rule {
  readonly isMet: (mode: Mode, parsed: Parsed) => boolean;
  readonly refuse: (option: string, mode: Mode, parsed: Parsed) => UpdownError;
}

const needless: Rule['refuse'] = (option) =>
  usage(
    `${option} is about what the database has, and this plan is made without asking it`,
    undefined,
    'Leave it out; or start from the database: --from-database, and no --from or range.',
  );

const rules: Readonly<Record<Need, Rule>> = {
  sql: {
    isMet: (mode) => mode === 'script' || mode === 'ledger',
    refuse: (option, mode) =>
      usage(`${option} is a way to emit a script; a ${mode} has no use for it`, undefined, 'Add --sql.'),
  },
  'sql or dry run': {
    isMet: (mode) => mode !== 'run',
    refuse: (option) =>
      usage(
        `${option} says where a script or a dry run starts; a run asks the database`,
        undefined,
        'Add --sql or --dry-run, or leave it out.',
      ),
  },
  'no sql': {
    isMet: (mode) => mode === 'run' || mode === 'dry run',
    refuse: (option) =>
      usage(`${option} shows the plan, and "--sql" or "--output" emits it`, undefined, 'Leave one of them out.'),
  },
  'no script': {
    isMet: (mode) => mode !== 'script',
    refuse: (option, _, parsed) => {
      const message = `${option} is an answer to what a run asks; a script takes it from psql`;
      if (parsed.last('flavor') === 'plain')
        return usage(
          message,
          undefined,
          'Leave it out: each file of the plain flavor says by itself where it belongs.',
        );
      const told = /^\d+$/.exec(parsed.last('resumeAt') ?? '')?.[0] ?? '<n>';
      return usage(message, undefined, `Emit it without; run it with: psql -v updown_resume_at=${told}`);
    },
  },
  'a run': {
    isMet: (mode) => mode === 'run',
    refuse: (option, mode) =>
      usage(
        `${option} is for a run; ${mode === 'dry run' ? 'a dry run' : 'emitting a script'} has no use for it`,
        undefined,
        `Leave ${option} out.`,
      ),
  },
  'a plan': {
    isMet: (mode) => mode !== 'ledger',
    refuse: (option) =>
      usage(`${option} is about a plan, and "--bootstrap" makes the ledger alone`, undefined, 'Leave one of them out.'),
  },
  psql: {
    isMet: (_, parsed) => parsed.last('flavor') !== 'plain',
    refuse: (option) =>
      usage(
        `${option} is for psql: the plain flavor has its own files and transactions`,
        undefined,
        'Leave one of them out.',
      ),
  },
  'no target': {
    isMet: (_, { words }) => words.length === 0,
    refuse: (option, _, { words }) =>
      usage(`${option} is the ledger alone and takes no target`, undefined, `Leave "${words[0]}" out.`),
  },
  bootstrap: {
    isMet: (_, parsed) => parsed.has('bootstrap'),
    refuse: (option) =>
      usage(`${option} shares the ledger that "--bootstrap" makes`, undefined, 'Add --bootstrap --sql.'),
  },
  annotate: {
    // Another command measures in any case.
    isMet: (_, parsed) =>
      parsed.has('annotate') ||
      parsed.has('refuseDrift') ||
      !parsed.command.options.some(({ key }) => key === 'annotate'),
    refuse: (option) => usage(`${option} says where "--annotate" measures`, undefined, 'Add --annotate.'),
  },
  autogenerate: {
    isMet: (_, parsed) =>
      parsed.has('autogenerate') || !parsed.command.options.some(({ key }) => key === 'autogenerate'),
    refuse: (option) => usage(`${option} is for "--autogenerate"`, undefined, 'Add --autogenerate.'),
  },
  'the database': {
    isMet: (mode, parsed) => mode === 'run' || asksDatabase(mode, parsed),
    refuse: needless,
  },
  'the database or a script': {
    isMet: (mode, parsed) => mode === 'run' || mode === 'script' || asksDatabase(mode, parsed),
    refuse: needless,
  },
  'no range': {
    isMet: (_, { words }) => words.length === 0,
    refuse: (option) => usage(`${option} and a range both say what is meant`, undefined, 'Leave one of them out.'),
  },
  'as SQL': {
    isMet: (_, parsed) => parsed.has('asSql'),
    refuse: (option) => usage(`${option} is about the SQL that makes a schema`, undefined, 'Add --sql.'),
  },
  'no json': {
    isMet: (_, parsed) => !parsed.has('json') || parsed.last('format') === 'text',
    refuse: (option, _mode, parsed) => {
      const format = parsed.last('format');
      const other = format === undefined ? option : `"--format ${format}"`;
      return usage(`"--json" and ${other} are two formats`, undefined, 'Leave one of them out.');
    },
  },
};

/** Throws `usage` for an option that has no effect beside the others, and for two that exclude each other. */
export function refuseNeedless(parsed: Parsed): void {
  const mode = readMode(parsed);
  const given = parsed.command.options.filter(({ key }) => parsed.has(key));
  for (const need of needs) {
    const option = given.find((each) => each.needs?.includes(need));
    if (option !== undefined && !rules[need].isMet(mode, parsed))
      throw rules[need].refuse(nameOf(option), mode, parsed);
    if (need === 'a plan') refuseConflict(given);
  }
}

/** What `plan` shows, and `approve` has seen, is a dry run. */
function readMode({ command, has, last }: Parsed): Mode {
  const isDry = has('dryRun') || command.name === 'plan' || command.name === 'approve';
  return modeOf({ sql: has('sql'), output: last('output'), bootstrap: has('bootstrap'), dryRun: isDry });
}

function asksDatabase(mode: Mode, { has, last, words }: Parsed): boolean {
  return startsOnline(mode, { from: last('from'), fromDatabase: has('fromDatabase') }, words);
}

function refuseConflict(given: readonly Option[]): void {
  for (const option of given) {
    const other = given.find(({ key }) => option.conflicts?.includes(key));
    if (other !== undefined)
      throw usage(`${nameOf(option)} and ${nameOf(other)} don't go together`, undefined, 'Leave one of them out.');
  }
}

function nameOf({ name }: Option): string {
  return `"--${name}"`;
}
