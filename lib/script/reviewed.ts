import { UpdownError } from '../errors.ts';
import type { Op } from '../plan/plan.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { readText } from '../sql/read.ts';

import { type Reviewed, readHeader } from './header.ts';
import { type Script, wordAsked } from './script.ts';

/** One way in which a plan is not what was reviewed. */
export interface Difference {
  readonly revision?: string | undefined;
  /** `<folder>/up.sql`. */
  readonly file?: string | undefined;
  readonly reason: string;
}

/** A script of any flavour, the files of a folder one behind the other, or the document of `plan --json`. Throws `usage` for anything else. */
export function readReviewed(text: string, name: string): Reviewed {
  const neutral = readText(text, name);
  const reviewed = neutral.trimStart().startsWith('{') ? readDocument(neutral) : readHeader(neutral);
  if (reviewed !== undefined) return reviewed;
  if (/^-- updown ledger of project /m.test(neutral.slice(0, 500)))
    throw new UpdownError('usage', `"${name}" makes the ledger alone, and holds no plan`, {
      hint: 'It is the same for every plan of a version: emit it again, with the options that it was made with, and compare the two.',
    });
  throw new UpdownError('usage', `"${name}" is neither a script of updown's nor a plan in JSON`, {
    hint: 'Name a file that `updown upgrade --sql` or `updown plan --json` has written, or a digest of 64 digits.',
  });
}

function readDocument(text: string): Reviewed | undefined {
  try {
    const { digest, from, heads, steps, project, asked } = JSON.parse(text);
    if (typeof digest !== 'string' || !Array.isArray(steps)) return undefined;
    return {
      digest,
      project: typeof project === 'string' ? project : undefined,
      asked: wordAsked(new Map(Object.entries(asked ?? {}))),
      from: Array.isArray(from) ? from : undefined,
      to: Array.isArray(heads) ? heads : undefined,
      steps: steps.map(({ op, id, sha256 }) => ({ op, id, sha256: typeof sha256 === 'string' ? sha256 : undefined })),
    };
  } catch {
    return undefined;
  }
}

/** What can be told apart, the most telling first; empty where it is none of it, and so a setting or what is applied below the start. */
export function compareReviewed(
  reviewed: Reviewed,
  script: Script,
  applied: ReadonlySet<string>,
): readonly Difference[] {
  const now = script.steps.flatMap((step) => step.entries.map((entry) => ({ ...entry, file: step.file })));
  const then = new Map(reviewed.steps.map((step) => [`${step.op} ${step.id}`, step]));
  const planned = new Set(now.map(({ op, id }) => `${op} ${id}`));
  const gone = reviewed.steps.filter(({ op, id }) => !planned.has(`${op} ${id}`));
  const added = now.filter(({ op, id }) => !then.has(`${op} ${id}`));
  const edited = now.filter(({ op, id, file }) => {
    const { sha256 } = then.get(`${op} ${id}`) ?? {};
    return sha256 !== undefined && file !== undefined && sha256 !== file.digest;
  });
  const { project } = script.ledger;
  return [
    ...(reviewed.project !== undefined && reviewed.project !== project
      ? [{ reason: `it is a plan of project "${reviewed.project}", not of "${project}"` }]
      : []),
    ...edited.map(({ id, file }) => ({
      revision: id,
      file: file?.path,
      reason: 'its file has changed since',
    })),
    ...gone.map(({ op, id }) => ({ revision: id, reason: wordGone(op, applied.has(id)) })),
    ...added.map(({ op, id, file }) => ({
      revision: id,
      file: file?.path,
      reason: `its ${op} is in the plan now, and was not`,
    })),
    ...compareStart(reviewed, script),
    ...compareAsked(reviewed, script),
    ...(reviewed.form?.includes('--one-transaction') === true && script.transactions === 'each'
      ? [{ reason: 'it was made with --one-transaction, and a run gives each step one of its own' }]
      : []),
  ];
}

function wordGone(op: Op, isApplied: boolean): string {
  const done = op === 'up' || op === 'stamp' ? isApplied : !isApplied;
  return done ? `its ${op} is recorded as done already` : `its ${op} was in the plan, and is not now`;
}

/** A script is made where no connection, or another one, may say how a session begins. */
function compareAsked({ asked: then = '' }: Reviewed, { asked }: Script): readonly Difference[] {
  const now = sanitizeLine(wordAsked(asked));
  if (now === then) return [];
  const word = (words: string) => (words === '' ? 'no setting' : words);
  return [
    {
      reason: `the connection asks for ${word(now)} here (options=, PGOPTIONS or a service), and asked for ${word(then)} where it was made; to have it alike everywhere, pin it under "settings" in updown.json`,
    },
  ];
}

function compareStart({ from }: Reviewed, { plan }: Script): readonly Difference[] {
  const words = (heads: readonly string[]) => (heads.length === 0 ? 'base' : [...heads].sort().join(', '));
  if (from === undefined || words(from) === words(plan.from)) return [];
  return [{ reason: `it starts from ${words(from)}, and the plan now from ${words(plan.from)}` }];
}
