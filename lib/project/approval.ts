import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UpdownError } from '../errors.ts';
import { readApprovalFile, unreadable } from './file.ts';
import { findJsonFault, findRepeatedKey } from './json.ts';
import type { ProjectLocation } from './load.ts';
import { replaceFile } from './replace-file.ts';
import { saveFile } from './save.ts';

/** What somebody has seen and agreed to: `approvals/<digest>.json`, beside the configuration. */
export interface Approval {
  /** Of the plan. It is the name of the file as well. */
  readonly digest: string;
  readonly project: string;
  /** Who. */
  readonly by: string;
  /** When, and until when it counts; a day alone counts to its end. In UTC. */
  readonly at: string;
  readonly until: string;
  /** `db.example.com:5432/shop`, or the name alone; `any` is every one that stands where the plan starts. */
  readonly database: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly steps: readonly ApprovedStep[];
  /** What the plan takes away. */
  readonly destroys: readonly Destroyed[];
  /** Where the review measured; null where it could not, for the reason beside it. */
  readonly scratch: string | null;
  readonly notReviewed?: string | undefined;
  /** What the review found. */
  readonly findings: readonly SeenFinding[];
}

export interface ApprovedStep {
  readonly op: 'up' | 'down' | 'stamp' | 'unstamp';
  readonly id: string;
  /** Of its file, where it runs one. */
  readonly sha256?: string | undefined;
}

/** Something that a statement takes away and no later one brings back. */
export interface Destroyed {
  readonly revision: string;
  /** `<folder>/up.sql` */
  readonly file: string;
  readonly line: number;
  /** `DROP COLUMN orders.note` */
  readonly what: string;
}

export interface SeenFinding {
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  /** `<folder>/up.sql` */
  readonly file: string;
  /** Null where it is about the whole file. */
  readonly line: number | null;
  readonly message: string;
  /** The reason that the file gives for allowing it. */
  readonly allowed?: string | undefined;
}

const approvalsFolder = 'approvals';

type Place = Pick<ProjectLocation, 'root' | 'shownRoot'>;

/** As people know it. */
export function shownApproval({ shownRoot }: Place, digest: string): string {
  return `${shownRoot === '.' ? '' : `${shownRoot}/`}${approvalsFolder}/${digest}.json`;
}

/** None where there is no such file. Throws `input` for one that is no approval, or that of another plan. */
export function readApproval(place: Place, digest: string): Approval | undefined {
  const shown = shownApproval(place, digest);
  const text = readApprovalFile(
    { folder: place.root, shownFolder: place.shownRoot },
    `${approvalsFolder}/${digest}.json`,
    shown,
  );
  if (text === undefined) return undefined;
  const approval = parseApproval(text, shown);
  if (approval.digest === digest) return approval;
  throw notOne(shown, `it is named after another plan than its "digest", ${approval.digest}`);
}

/** The digests that the folder has a file for. Throws `input` where it can't be read. */
export function listApprovals({ root, shownRoot }: Place): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(join(root, approvalsFolder));
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return [];
    throw unreadable(cause, `${shownRoot === '.' ? '' : `${shownRoot}/`}${approvalsFolder}`, 'input');
  }
  return names.flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? []).sort();
}

/** Returns the file as people know it. Throws `exists` rather than overwrite, but to renew. */
export function saveApproval(place: Place, approval: Approval, { renews }: { readonly renews: boolean }): string {
  const shown = shownApproval(place, approval.digest);
  const file = join(place.root, approvalsFolder, `${approval.digest}.json`);
  const text = `${JSON.stringify(approval, null, 2)}\n`;
  if (renews && existsSync(file)) replaceFile(file, text, shown);
  else saveFile(file, text, shown);
  return shown;
}

/** In milliseconds since 1970; undefined for what is no such time. */
export function endOf(until: string): number | undefined {
  if (!timePattern.test(until)) return undefined;
  const time = Date.parse(until.includes('T') ? until : `${until}T23:59:59.999Z`);
  // JavaScript takes the 31st of February for a day in March.
  return Number.isNaN(time) || !new Date(time).toISOString().startsWith(until.slice(0, 10)) ? undefined : time;
}

const timePattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/;

function parseApproval(text: string, shown: string): Approval {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const before = text.slice(0, findJsonFault(text)).split('\n');
    throw notOne(shown, 'it is not valid JSON').with({
      place: { file: shown, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
    });
  }
  if (!isRecord(value)) throw notOne(shown, 'it holds no object');
  const twice = findRepeatedKey(text);
  if (twice !== undefined) throw notOne(shown, `it has "${twice.key}" twice`);
  const known = Object.keys(fields);
  const other = Object.keys(value).find((key) => !known.includes(key));
  if (other !== undefined) throw notOne(shown, `"${other}" is no part of one`);
  for (const [key, { isFit, wanted }] of Object.entries(fields))
    if (!isFit(value[key])) throw notOne(shown, `"${key}" must be ${wanted}`);
  return value as unknown as Approval;
}

function notOne(shown: string, reason: string): UpdownError {
  return new UpdownError('input', `"${shown}" is not an approval: ${reason}`, {
    hint: 'Restore it from git; or take it away, and approve the plan again: updown approve',
    place: { file: shown, line: 1, column: 1 },
  });
}

interface Field {
  readonly isFit: (value: unknown) => boolean;
  readonly wanted: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
const isDigest = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isLine = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;

function listOf(isOne: (value: unknown) => boolean): Field['isFit'] {
  return (value) => Array.isArray(value) && value.every(isOne);
}

function recordOf(keys: Readonly<Record<string, Field['isFit']>>): Field['isFit'] {
  return (value) => isRecord(value) && Object.entries(keys).every(([key, isFit]) => isFit(value[key]));
}

const text: Field = { isFit: isText, wanted: 'a text that is not empty' };
const time: Field = {
  isFit: (value) => typeof value === 'string' && endOf(value) !== undefined,
  wanted: 'a day, "2027-01-31", or a time in UTC, "2027-01-31T12:00:00Z"',
};
const heads: Field = { isFit: listOf(isText), wanted: 'a list of revisions' };

const fields: Readonly<Record<keyof Approval, Field>> = {
  digest: { isFit: isDigest, wanted: 'a digest of 64 digits' },
  project: text,
  by: text,
  at: time,
  until: time,
  database: { ...text, wanted: 'the name of a database, or "any"' },
  from: heads,
  to: heads,
  steps: {
    isFit: listOf(
      recordOf({
        op: (value) => ['up', 'down', 'stamp', 'unstamp'].some((op) => op === value),
        id: isText,
        sha256: (value) => value === undefined || isDigest(value),
      }),
    ),
    wanted: 'a list of steps, each with "op", "id" and "sha256"',
  },
  destroys: {
    isFit: listOf(recordOf({ revision: isText, file: isText, line: isLine, what: isText })),
    wanted: 'a list, each with "revision", "file", "line" and "what"',
  },
  scratch: { isFit: (value) => value === null || isText(value), wanted: 'where the review measured, or null' },
  notReviewed: { isFit: (value) => value === undefined || isText(value), wanted: 'why there was no review' },
  findings: {
    isFit: listOf(
      recordOf({
        rule: isText,
        severity: (value) => value === 'error' || value === 'warning',
        file: isText,
        line: (value) => value === null || isLine(value),
        message: isText,
        allowed: (value) => value === undefined || typeof value === 'string',
      }),
    ),
    wanted: 'a list, each with "rule", "severity", "file", "line" and "message"',
  },
};
