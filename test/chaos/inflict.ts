import { ask, tryAsk } from './ask.ts';
import type { Cuts } from './cuts.ts';
import { type Fleet, pause } from './fleet.ts';
import type { Fault } from './schedule.ts';

/** What faults can be done to. */
export interface Scene {
  /** The database by the straight way. */
  readonly url: string;
  readonly fleet: Fleet;
  readonly cuts: Cuts;
  readonly restart: () => Promise<void>;
}

/** Resolves with whether it hit something. */
export function inflict(fault: Fault, scene: Scene): Promise<boolean> {
  return inflictions[fault.kind](fault, scene);
}

type Infliction = (fault: Fault, scene: Scene) => Promise<boolean>;

const inflictions: Readonly<Record<Fault['kind'], Infliction>> = {
  kill: async ({ which }, { fleet }) => fleet.victim(which)?.kill('SIGKILL') ?? false,
  interrupt: async ({ which }, { fleet }) => fleet.victim(which)?.kill('SIGINT') ?? false,
  stop: async ({ which }, { fleet }) => {
    const victim = fleet.victim(which);
    setTimeout(() => victim?.kill('SIGCONT'), 1_000);
    return victim?.kill('SIGSTOP') ?? false;
  },
  terminate,
  cut: (fault, { cuts }) => cuts.cut(fault),
  lock,
  restart: async (_, { restart }) => {
    await restart();
    return true;
  },
};

/** One of those who build, or else of those at work; or, where it need not be at work, of all. */
async function terminate({ which, atWork }: Fault, { url }: Scene): Promise<boolean> {
  const order = atWork ? "query LIKE '%CONCURRENTLY%' DESC" : 'pid';
  const condition = atWork ? "AND state = 'active'" : '';
  const sql = `SELECT pg_terminate_backend(pid) AS hit FROM (
  SELECT pid, row_number() OVER (ORDER BY ${order}) AS number, count(*) OVER () AS total FROM pg_stat_activity
   WHERE application_name LIKE 'updown %' AND backend_type = 'client backend' ${condition}) AS backends
 WHERE number = 1 + ${atWork ? '0' : `floor(${which} * total)`}`;
  for (let tries = 0; tries < 40; tries++) {
    const rows = await tryAsk(url, sql);
    if (rows?.[0]?.hit === true) return true;
    await pause(50);
  }
  return false;
}

/** A foreign session that is in the way, by a lock or by its age. */
async function lock({ which, hold }: Fault, { url }: Scene): Promise<boolean> {
  const seconds = hold / 1_000;
  const table = which < 0.2 ? 'note' : 'big';
  const modes = ['ACCESS EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'ACCESS SHARE'];
  const mode = modes[Math.floor(which * 7) % modes.length];
  const held = ask(
    url,
    `BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = '2s'; LOCK TABLE ${table} IN ${mode} MODE; SELECT pg_sleep(${seconds}); ROLLBACK`,
  );
  return held.then(
    () => true,
    () => false,
  );
}
