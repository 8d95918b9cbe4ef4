import { lastPart } from '../../sql/quote.ts';
import type { Change } from '../change.ts';
import type { Lock } from '../effects.ts';
import { lockModes } from '../effects.ts';
import type { MeasuredStatement, MeasuredStep } from '../measured.ts';

export type Severity = 'error' | 'warning';

/** A judgement over what was measured. Its page in docs/rules is made from it. */
export interface Rule {
  /** kebab-case, as `-- updown: allow <id>: <reason>` names it. */
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  /** Why it matters, in a sentence. */
  readonly why: string;
  /** What it catches, and what looks alike and is let be. */
  readonly bad: string;
  readonly good: string;
  /** It tells of what no other rule does: it is judged behind all others, and `told` has what those tell. */
  readonly rest?: true;
  /** It is said whatever a file allows: nobody can know what letting it pass lets pass. */
  readonly unallowable?: true;
  readonly judge: (statement: MeasuredStatement, context: RuleContext) => readonly Hit[];
}

export interface RuleContext {
  readonly step: MeasuredStep;
  /** Of the database that the plan is for, where one was asked: `15.18`. */
  readonly version: string | undefined;
  /** Of its relations, by name; empty where none was asked. */
  readonly sizes: ReadonlyMap<string, { readonly bytes: number; readonly rows: number }>;
  /** What of the server on which it was measured that one has not, by `keyOf`. */
  readonly lacks?: ReadonlySet<string> | undefined;
  /** How that database differs from scratch, by revision and number of the statement. */
  readonly drift?: Drift | undefined;
  /** What the rules before one for the rest tell of this statement. */
  readonly told: Work;
}

/** Relations on which a statement works while they are closed. */
export interface Work {
  /** Tables that are read, or that an index is built on. */
  readonly read?: readonly string[];
  readonly rewritten?: readonly string[];
}

export interface Drift {
  /** Why its server will refuse the statement. */
  refused(id: string, number: number): readonly Hit[];
  /** What else is another there. */
  noted(id: string, number: number): readonly Hit[];
}

export interface Hit {
  /** What it is about, to be weighed by its size. */
  readonly relation?: string | undefined;
  /** What takes the time while that one is closed: its size weighs as well. */
  readonly worked?: readonly string[];
  /** The work that it tells of, with its partitions' and children's: no rule for the rest tells it again. */
  readonly tells?: Work;
  readonly message: string;
  /** The safe way, written out for this statement: SQL, with comments between. */
  readonly advice: string;
}

/** It does what it does by way of a block, a function or a query: its own text tells little, and nothing can be added to it. */
export function isIndirect({ label }: MeasuredStatement): boolean {
  return !/^(ALTER|ANALYZE|CLUSTER|COMMENT|COPY|CREATE|DROP|GRANT|IMPORT|LOCK|REASSIGN|REFRESH|REINDEX|REVOKE|SECURITY|TRUNCATE|VACUUM)\b/.test(
    label,
  );
}

/** Whether writes wait for it. */
export function blocksWrites({ mode }: Lock): boolean {
  return lockModes.indexOf(mode) >= lockModes.indexOf('SHARE');
}

/** The strongest lock on this relation, where others wait for it. */
export function blockOn(statement: MeasuredStatement, relation: string | undefined): Lock | undefined {
  return statement.locks.find((lock) => lock.relation === relation && blocksWrites(lock));
}

/** `ACCESS EXCLUSIVE on public.orders` */
export function wordLock({ mode, relation }: Lock): string {
  return `${mode} on ${relation}`;
}

export function changesOf(statement: MeasuredStatement, kind: Change['kind'], type?: string): readonly Change[] {
  return statement.changes.filter((change) => change.kind === kind && (type === undefined || change.type === type));
}

/** Something is dropped, and something else made under the same name: by the statement, or by it and another one of its transaction. */
export function isReplaced(statement: MeasuredStatement, object: string): boolean {
  const { around } = statement;
  const has = (kind: Change['kind']) => changesOf(statement, kind).some((change) => change.object === object);
  return (
    (has('dropped') || around?.dropped.has(object) === true) && (has('created') || around?.created.has(object) === true)
  );
}

/** A file of its own, outside a transaction. */
export function inOwnRevision(...lines: readonly string[]): string {
  return ['-- in a revision of its own, with "-- updown: no-transaction" at the head:', ...lines].join('\n');
}

/** The table's own name in the last place, without its schema. */
export function shortName(relation: string): string {
  return unquote(lastPart(relation));
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** The schema it is in, with its dot. */
export function schemaOf(relation: string): string {
  return relation.slice(0, relation.length - lastPart(relation).length);
}

/** Whether a statement that says no more than this may mean it. */
export function isCalled(
  relation: string,
  { schema, name }: { readonly schema?: string | undefined; readonly name: string },
): boolean {
  return shortName(relation) === name && (schema === undefined || unquote(schemaOf(relation).slice(0, -1)) === schema);
}

/** Where no way beside normal work is proven: what is at stake, and nothing that does harm when obeyed. */
export function inWindow(stake: string): string {
  return `-- there is no proven way beside normal work: ${stake}.\n-- Keep it alone in its revision, for a maintenance window or the hour of least traffic`;
}

/** What another statement of its transaction brings back must not be gone between two revisions. */
export function waitTogether({ around }: MeasuredStatement): string {
  return around?.partner === undefined
    ? waitShortly
    : `-- it is short, but all others wait behind whoever waits for it: keep it in one revision with statement ${around.partner}, which it\n-- belongs to, and with nothing that takes long; run it at a quiet hour, with\n-- updown: lock-timeout=2s\n-- at the head`;
}

export const waitShortly =
  '-- it is short, but all others wait behind whoever waits for it:\n-- keep it alone in its revision, and run it at a quiet hour, with\n-- updown: lock-timeout=2s\n-- at the head';
