import { SendError, type Session } from '../database/session.ts';
import { quoteIdent, splitName } from '../sql/quote.ts';
import type { Relation } from '../sql/source.ts';

/** The plan of a query: of a statement, or of a query in a block, a function, a trigger or a utility command. */
export interface Query {
  readonly text: string;
  readonly plan: PlanNode;
}

/** A node of `EXPLAIN (FORMAT JSON, VERBOSE)`. */
export interface PlanNode {
  readonly 'Node Type'?: string;
  readonly 'Parent Relationship'?: string;
  readonly Operation?: string;
  readonly Schema?: string;
  readonly 'Relation Name'?: string;
  readonly Output?: readonly string[];
  readonly Plans?: readonly PlanNode[];
}

/** Loads auto_explain, which reports every query, also nested ones. Only a superuser may load it. */
export async function loadPlans(session: Session, isEmbedded: boolean, major: number): Promise<boolean> {
  // Before PostgreSQL 12 it reported to the log only.
  if (major < 12) return false;
  try {
    await session.send("LOAD 'auto_explain'");
  } catch (error) {
    if (!(error instanceof SendError) || error.lost) throw error;
    return false;
  }
  // A file may switch to another role.
  if (isEmbedded) await session.send(`GRANT SET ON PARAMETER ${Object.keys(settings(major)).join(', ')} TO PUBLIC`);
  return true;
}

/** Messages of level INFO reach the client whatever client_min_messages is. */
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

/** Turns the reports on for one statement of a transaction, since our own queries have plans too. */
export async function tellPlans(session: Session, major: number): Promise<boolean> {
  const sets = Object.entries(settings(major)).map(([name, value]) => `SET LOCAL ${name} = ${value};\n`);
  return setAside(session, sets.join(''));
}

/** Turns the reports off. A statement that has set another role may prevent that, so that our own queries are reported until the next one. */
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

/** The JSON of a plan, or undefined for any other message. */
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

/** EXPLAINs the statement, for servers without auto_explain. */
export async function explain(session: Session, text: string): Promise<readonly Query[]> {
  await session.send('SAVEPOINT updown_plan');
  try {
    const [rows = []] = await session.send(`EXPLAIN (FORMAT JSON, VERBOSE) ${text}`);
    const plans = JSON.parse(Object.values(rows[0] ?? {})[0] ?? '[]') as readonly { readonly Plan?: PlanNode }[];
    return plans.map(({ Plan: plan = {} }) => ({ text, plan }));
  } catch (error) {
    if (!(error instanceof SendError) || error.lost) throw error;
    // A statement that can't be planned a second time, such as SELECT INTO, has shown what it scans.
    await session.send('ROLLBACK TO SAVEPOINT updown_plan');
    return [];
  }
}

/** The tables that it scans sequentially. In a join with an empty table, the other one is not opened at all when it runs. */
export function scansOf({ plan }: Query): readonly string[] {
  return nodesOf(plan)
    .filter((node) => node['Node Type'] === 'Seq Scan')
    .flatMap((node) => {
      const { schema, name } = relationOf(node);
      return schema === undefined ? [] : [`${quoteIdent(schema)}.${quoteIdent(name)}`];
    });
}

/** The sequences that it calls nextval for, by names as written. */
export function sequencesOf({ plan }: Query): readonly Relation[] {
  return nodesOf(plan).flatMap(({ Output = [] }) => Output.flatMap(sequencesIn));
}

export function sequencesIn(expression: string | null): readonly Relation[] {
  const found = (expression ?? '').matchAll(/\bnextval\('((?:[^']|'')+)'(?:::regclass)?\)/g);
  return Array.from(found, ([, literal = '']) => {
    const [name = '', schema] = splitName(literal.replaceAll("''", "'")).toReversed();
    return { schema, name };
  });
}

export interface Modified {
  readonly operation: string;
  readonly table: Relation;
  /** The numbers of the columns that are NULL in every row of an INSERT. */
  readonly nulls: readonly number[];
}

/** The tables that it writes. For a view this is the table under it. */
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

/** An Append node has no output columns. */
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
