import { SendError, type Session } from '../database/session.ts';
import { quoteIdent } from '../sql/quote.ts';
import type { Relation } from '../sql/source.ts';

/** A query that was planned: a statement, or one within a block, a function, a trigger, a command that reads tables for itself. */
export interface Query {
  readonly text: string;
  readonly plan: PlanNode;
}

/** Of `EXPLAIN (FORMAT JSON, VERBOSE)`. */
export interface PlanNode {
  readonly 'Node Type'?: string;
  readonly 'Parent Relationship'?: string;
  readonly Operation?: string;
  readonly Schema?: string;
  readonly 'Relation Name'?: string;
  readonly Output?: readonly string[];
  readonly Plans?: readonly PlanNode[];
}

/** Has the server tell of every query it runs, inside of others too. Only a superuser may ask for that. */
export async function loadPlans(session: Session, isEmbedded: boolean, major: number): Promise<boolean> {
  // It told nothing but the log before.
  if (major < 12) return false;
  try {
    await session.send("LOAD 'auto_explain'");
  } catch (error) {
    if (!(error instanceof SendError) || error.lost) throw error;
    return false;
  }
  // A file may go on as another role.
  if (isEmbedded) await session.send(`GRANT SET ON PARAMETER ${Object.keys(settings(major)).join(', ')} TO PUBLIC`);
  return true;
}

/** INFO reaches the client whatever a file has set. */
function settings(major: number): Readonly<Record<string, string>> {
  return {
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_format': 'json',
    'auto_explain.log_verbose': 'on',
    'auto_explain.log_analyze': 'off',
    'auto_explain.log_level': 'info',
    'auto_explain.sample_rate': '1',
    ...(major >= 16 && { 'auto_explain.log_parameter_max_length': '0' }),
  };
}

/** Around one statement of a transaction: what looks at the database before and after it has plans of its own. */
export async function tellPlans(session: Session, major: number): Promise<boolean> {
  const sets = Object.entries(settings(major)).map(([name, value]) => `SET LOCAL ${name} = ${value};\n`);
  return setAside(session, sets.join(''));
}

/** A statement that has set another role may have taken the right to: then we are told of our own queries too, until the next one. */
export async function untellPlans(session: Session): Promise<void> {
  await setAside(session, 'SET LOCAL auto_explain.log_min_duration = -1;\n');
}

async function setAside(session: Session, sets: string): Promise<boolean> {
  try {
    await session.send(`SAVEPOINT updown_plan;\n${sets}RELEASE SAVEPOINT updown_plan`);
    return true;
  } catch (error) {
    if (!(error instanceof SendError) || error.lost) throw error;
    await session.send('ROLLBACK TO SAVEPOINT updown_plan;\nRELEASE SAVEPOINT updown_plan');
    return false;
  }
}

/** The JSON of one; undefined where it is another message. */
export function planIn({
  severity,
  message,
}: {
  readonly severity: string;
  readonly message: string;
}): string | undefined {
  return severity === 'INFO' ? /^duration: [\d.]+ ms {2}plan:\n(\{.*\})$/s.exec(message)?.[1] : undefined;
}

export function readQuery(json: string): Query {
  const { 'Query Text': text = '', Plan: plan = {} } = JSON.parse(json) as {
    readonly 'Query Text'?: string;
    readonly Plan?: PlanNode;
  };
  return { text, plan };
}

/** For a server that tells nothing: what it would do if it were asked for the statement again. */
export async function explain(session: Session, text: string): Promise<readonly Query[]> {
  await session.send('SAVEPOINT updown_plan');
  try {
    const [rows = []] = await session.send(`EXPLAIN (FORMAT JSON, VERBOSE) ${text}`);
    const plans = JSON.parse(Object.values(rows[0] ?? {})[0] ?? '[]') as readonly { readonly Plan?: PlanNode }[];
    return plans.map(({ Plan: plan = {} }) => ({ text, plan }));
  } catch (error) {
    if (!(error instanceof SendError) || error.lost) throw error;
    // What can't be planned a second time, as SELECT INTO, has shown what it reads.
    await session.send('ROLLBACK TO SAVEPOINT updown_plan');
    return [];
  }
}

/** The tables it reads from end to end: where the first of two is empty, the second one is not even opened. */
export function scansOf({ plan }: Query): readonly string[] {
  return nodesOf(plan)
    .filter((node) => node['Node Type'] === 'Seq Scan')
    .flatMap((node) => {
      const { schema, name } = relationOf(node);
      return schema === undefined ? [] : [`${quoteIdent(schema)}.${quoteIdent(name)}`];
    });
}

/** The sequences it asks, by names as its search path has them. */
export function sequencesOf({ plan }: Query): readonly string[] {
  return nodesOf(plan).flatMap(({ Output = [] }) => Output.flatMap(sequencesIn));
}

export function sequencesIn(expression: string | null): readonly string[] {
  const found = (expression ?? '').matchAll(/\bnextval\('((?:[^']|'')+)'(?:::regclass)?\)/g);
  return Array.from(found, ([, name = '']) => name.replaceAll("''", "'"));
}

export interface Modified {
  readonly operation: string;
  readonly table: Relation;
  /** Numbers of the columns that an INSERT fills with NULL in every row. */
  readonly nulls: readonly number[];
}

/** What it writes to: a view's own table, where it writes through one. */
export function modifiedBy({ plan }: Query): readonly Modified[] {
  return nodesOf(plan)
    .filter((node) => node['Node Type'] === 'ModifyTable')
    .map((node) => {
      const { Operation: operation = '' } = node;
      return { operation, table: relationOf(node), nulls: operation === 'Insert' ? nullsOf(node) : [] };
    });
}

function nullsOf(node: PlanNode): readonly number[] {
  const [first = [], ...others] = rowsInto(node);
  const isNull = (value: string | undefined) => value?.startsWith('NULL::') === true;
  return first.flatMap((_, at) => ([first, ...others].every((row) => isNull(row[at])) ? [at + 1] : []));
}

/** An Append has no columns of its own to show. */
function rowsInto({ Plans = [] }: PlanNode): readonly (readonly string[])[] {
  return Plans.filter((plan) => ['Outer', 'Member'].includes(plan['Parent Relationship'] ?? '')).flatMap((plan) =>
    plan.Output === undefined ? rowsInto(plan) : [plan.Output],
  );
}

function relationOf({ Schema: schema, 'Relation Name': name = '' }: PlanNode): Relation {
  return { schema, name };
}

function nodesOf(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
