import { existsSync, readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';

/** What libpq asks the machine for when neither the url nor the environment says it. */
export interface Machine {
  readonly user: string;
  readonly home: string;
  /** The folder of the local server's unix socket, where there is one. */
  readonly socketFolder?: string | undefined;
  /** A file's text; undefined where there is none, or none that may be read. */
  read(path: string): string | undefined;
}

const usualSocketFolder = '/var/run/postgresql';

/** The little that libpq reads off the machine. */
export function readMachine(): Machine {
  return {
    user: readUser(),
    home: homedir(),
    socketFolder: existsSync(usualSocketFolder) ? usualSocketFolder : undefined,
    read: readText,
  };
}

/** An arbitrary uid without a passwd entry, as containers have it, makes `userInfo` throw. */
function readUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? '';
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
