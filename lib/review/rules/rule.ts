import type { MeasuredStatement, MeasuredStep } from '../measured.ts';
import type { Way } from '../ways/way.ts';

export type Severity = 'error' | 'warning';

/** What rules are about, in the order in which they are listed. */
export const groups = [
  'indexes',
  'constraints',
  'rewrites',
  'partitions',
  'locks',
  'compatibility',
  'functions',
  'sequences',
  'rights',
  'row-security',
  'triggers',
  'publications',
  'types',
  'target',
  'directives',
] as const;

export type Group = (typeof groups)[number];

/** A judgement over what was measured. Its page in docs/rules and its test are made from it. */
export interface Rule {
  /** kebab-case, as `-- updown: allow <id>: <reason>` names it. */
  readonly id: string;
  readonly group: Group;
  /** Among those of its group: it is listed behind the lower ones. */
  readonly place: number;
  readonly severity: Severity;
  readonly title: string;
  /** Why it matters, in a sentence. */
  readonly why: string;
  /** What its examples need. */
  readonly given?: Given;
  /** Files in which it finds something. */
  readonly found: readonly string[];
  /** What looks alike, and is let be. */
  readonly letBe: readonly string[];
  /** It tells of what no other rule does: it is judged behind all others, and `told` has what those tell. */
  readonly rest?: true;
  /** It is said whatever a file allows: nobody can know what letting it pass lets pass. */
  readonly unallowable?: true;
  readonly judge: (statement: MeasuredStatement, context: RuleContext) => readonly Hit[];
}

export interface Given {
  /** What is made beside the tables of test/review/examples.ts. */
  readonly sql?: string;
  /** Of the database that the plan is for: `14.2`. */
  readonly version?: string;
  /** In that database somebody added a column to public.orders by hand, and a view over its column note. */
  readonly changedByHand?: true;
}

/** A rule as its file says it. */
export interface RuleParts<T> extends Omit<Rule, 'found' | 'letBe' | 'judge'> {
  readonly found: string | readonly string[];
  readonly letBe: string | readonly string[];
  /** What it looks at: `changes('created', 'column')`. facts/subjects.ts has them all. */
  readonly on: Subjects<T>;
  /** Asked of each of these; none: nothing is found. */
  readonly judge: (subject: T, context: JudgeContext) => readonly Hit[];
}

/** Finds the things that a rule looks at. */
export interface Subjects<T> {
  readonly find: (statement: MeasuredStatement, context: RuleContext) => readonly T[];
}

export interface JudgeContext extends RuleContext {
  readonly statement: MeasuredStatement;
}

export function defineRule<T>({ found, letBe, on, judge, ...rest }: RuleParts<T>): Rule {
  return {
    ...rest,
    found: typeof found === 'string' ? [found] : found,
    letBe: typeof letBe === 'string' ? [letBe] : letBe,
    judge: (statement, context) =>
      on.find(statement, context).flatMap((subject) => judge(subject, { ...context, statement })),
  };
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
  /** The safe way, written out for this statement: SQL with its headings, or words in comment lines where there is none. */
  readonly advice: Way | string;
}
