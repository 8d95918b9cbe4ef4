import type { UpdownError } from '../index.ts';
import type { Call } from './action.ts';
import { usage } from './argv.ts';

/** What `upgrade`, `downgrade` and `stamp` are asked for: to do it, to show it, or to emit it, or the ledger alone. */
export type Mode = 'run' | 'dry run' | 'script' | 'ledger';

/** Options that mean something in some of them only: in any other, one that is dropped in silence would be taken for one that was heard. */
interface Limit {
  readonly options: readonly string[];
  readonly modes: readonly Mode[];
  readonly refuse: (option: string, mode: Mode, call: Call) => UpdownError;
}

const limits: readonly Limit[] = [
  {
    options: ['bootstrap', 'split', 'one-transaction', 'annotate', 'flavor'],
    modes: ['script', 'ledger'],
    refuse: (option, mode) =>
      usage(`"--${option}" is a way to emit a script; a ${mode} has no use for it`, undefined, 'Add --sql.'),
  },
  {
    options: ['from', 'from-database'],
    modes: ['dry run', 'script', 'ledger'],
    refuse: (option) =>
      usage(
        `"--${option}" says where a script or a dry run starts; a run asks the database`,
        undefined,
        'Add --sql or --dry-run, or leave it out.',
      ),
  },
  {
    options: ['dry-run'],
    modes: ['dry run'],
    refuse: () =>
      usage('"--dry-run" shows the plan, and "--sql" or "--output" emits it', undefined, 'Leave one of them out.'),
  },
  {
    options: ['resume-at'],
    modes: ['run', 'dry run', 'ledger'],
    refuse: (option, _, call) => {
      const message = `"--${option}" is an answer to what a run asks; a script takes it from psql`;
      if (call.value('flavor') === 'plain')
        return usage(
          message,
          undefined,
          'Leave it out: each file of the plain flavor says by itself where it belongs.',
        );
      const told = /^\d+$/.exec(call.value(option) ?? '')?.[0] ?? '<n>';
      return usage(message, undefined, `Emit it without; run it with: psql -v updown_resume_at=${told}`);
    },
  },
  {
    options: ['wait', 'yes', 'resume-at'],
    modes: ['run'],
    refuse: (option, mode) =>
      usage(
        `"--${option}" is for a run; ${mode === 'dry run' ? 'a dry run' : 'emitting a script'} has no use for it`,
        undefined,
        `Leave "--${option}" out.`,
      ),
  },
  {
    options: ['from', 'from-database', 'include-late', 'allow-ahead', 'allow-existing', 'expect', 'annotate'],
    modes: ['run', 'dry run', 'script'],
    refuse: (option) =>
      usage(
        `"--${option}" is about a plan, and "--bootstrap" makes the ledger alone`,
        undefined,
        'Leave one of them out.',
      ),
  },
];

/** Throws `usage` for an option that has no effect in what is asked for. */
export function readMode(call: Call): Mode {
  const emits = call.has('sql') || call.value('output') !== undefined;
  const mode = emits ? (call.has('bootstrap') ? 'ledger' : 'script') : call.has('dry-run') ? 'dry run' : 'run';
  for (const { options, modes, refuse } of limits) {
    const given = modes.includes(mode) ? undefined : options.find((name) => isGiven(call, name));
    if (given !== undefined) throw refuse(given, mode, call);
  }
  return mode;
}

/** Whether a plan starts where the database stands; throws `usage` for what only such a plan has a use for. */
export function startsOnline(call: Call, mode: 'script' | 'dry run'): boolean {
  const from = call.value('from');
  if (from !== undefined && call.has('from-database'))
    throw usage('"--from" and "--from-database" both say where to start', undefined, 'Leave one of them out.');
  const isTold = from !== undefined || call.words.some((word) => word.includes(':'));
  if (call.has('from-database') || (mode !== 'script' && !isTold)) return true;
  const needless = ['include-late', 'allow-ahead', ...(mode === 'script' ? [] : ['allow-existing'])];
  const given = needless.find((name) => call.has(name));
  if (given === undefined) return false;
  throw usage(
    `"--${given}" is about what the database has, and this plan is made without asking it`,
    undefined,
    'Leave it out; or start from the database: --from-database, and no --from or range.',
  );
}

function isGiven(call: Call, name: string): boolean {
  return call.has(name) || call.value(name) !== undefined;
}
