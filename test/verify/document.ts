import { updown } from '../support/cli.ts';
import { type TestRevision, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';

export interface Difference {
  readonly kind: string;
  readonly message: string;
}

export interface Document {
  readonly ok: boolean;
  readonly scratch: string;
  readonly from: readonly string[];
  readonly lacks: readonly string[];
  readonly revisions: readonly {
    readonly id: string;
    readonly up: string;
    readonly down: string;
    readonly again: string;
    readonly restored: boolean | null;
    readonly lacks: readonly string[] | null;
    readonly doubtful: readonly Difference[];
    readonly only: string | null;
    readonly differences: readonly Difference[];
    readonly repeated: readonly Difference[];
    readonly rows: {
      readonly lost: readonly object[];
      readonly dropped: readonly object[];
      readonly failed: string | null;
    } | null;
    readonly failure: {
      readonly op: string;
      readonly code: string;
      readonly message: string;
      readonly place: object | null;
    } | null;
  }[];
  readonly unverified: readonly {
    readonly id: string;
    readonly reason: string;
    readonly above: readonly string[];
    readonly failure: { readonly op: string; readonly code: string; readonly message: string } | null;
    readonly doubtful: readonly Difference[];
  }[];
  readonly chain: {
    readonly reverted: number;
    readonly above: string | null;
    readonly differences: readonly Difference[];
    readonly failure: { readonly id: string } | null;
  } | null;
  readonly merges: readonly {
    readonly id: string;
    readonly differences: readonly Difference[];
    readonly failure: { readonly id: string } | null;
  }[];
  readonly existing: { readonly differences: readonly Difference[] } | null;
}

/** No server of the environment: scratch is what the arguments name. */
export const env = {
  PGHOST: undefined,
  PGDATABASE: undefined,
  DATABASE_URL: undefined,
} as unknown as NodeJS.ProcessEnv;

export const table: TestRevision = {
  id: 'aaaaaaaaaaaa',
  up: 'CREATE TABLE t (id integer, note text);\n',
  down: 'DROP TABLE t;\n',
};

interface Run {
  readonly status: number;
  readonly found: Document;
  readonly stderr: string;
}

/** `updown verify` in this folder; in process where the arguments name no server. */
export async function runVerify(cwd: string, args: readonly string[]): Promise<Run> {
  const { status, stdout, stderr } = await updown(['verify', '--json', '--quiet', ...args], { cwd, env });
  return { status: status ?? -1, found: JSON.parse(stdout) as Document, stderr };
}

/** On the tests' server, whose temporary databases are made in milliseconds. Without revisions, those that are there. */
export async function verify(
  cwd: string,
  revisions: readonly TestRevision[],
  ...args: readonly string[]
): Promise<Run> {
  if (revisions.length > 0) await writeProject(cwd, revisions);
  return runVerify(cwd, ['--scratch', await serverUrl(), ...args]);
}
