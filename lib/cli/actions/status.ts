import {
  awaitHeads,
  cutWords,
  hasHeads,
  listSome,
  type Peer,
  plural,
  type Revision,
  redact,
  type Status,
  sanitizeLine,
  status,
  type Unfinished,
  wrapText,
} from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { printNext } from '../text/message.ts';
import { printServer } from '../text/server.ts';
import type { View } from '../view.ts';

export const action: Action<'status', Status> = {
  run: ({ options, given: { awaitHeads: seconds, schema, scratch } }) =>
    seconds === undefined ? status({ ...options, schema, scratch }) : awaitHeads({ ...options, wait: seconds * 1_000 }),
  text: print,
  json: ({ database, heads, pending, late, edited, unknown, unfinished, torn, atWork, schema }) => ({
    database,
    heads: heads.map(idOf),
    pending: pending.map(idOf),
    late: late.map(idOf),
    edited: edited.map(idOf),
    unknown,
    unfinished: unfinished.map(idOf),
    torn: torn.map(idOf),
    running: atWork === undefined ? null : toRunning(atWork),
    comparison: schema === undefined ? null : toComparison(schema),
  }),
  status: (result, { given }) => {
    const misses = given.awaitHeads !== undefined && !hasHeads(result);
    return misses || (given.exitCode && !isClean(result)) ? 3 : 0;
  },
};

function toComparison({ by, isSame, items, failed }: NonNullable<Status['schema']>): object {
  return {
    by,
    same: isSame,
    failed: failed === undefined ? null : redact(failed),
    differences: items.map(({ change, message, severity }) => ({ kind: change.kind, severity, message })),
  };
}

function toRunning({ pid, application, user, address, state, since, query }: Peer): object {
  const known = { application, user, address, state, since };
  return { pid, ...Object.fromEntries(Object.entries(known).map(([name, value]) => [name, value ?? null])), query };
}

function isClean({ pending, late, edited, unknown, unfinished, torn, schema }: Status): boolean {
  return (
    schema?.isSame !== false && [pending, late, edited, unknown, unfinished, torn].every((list) => list.length === 0)
  );
}

function* print(result: Status, view: View, { given }: Pick<Call<'status'>, 'given'>): Iterable<string> {
  const { style, unicode } = view;
  const marks = unicode
    ? { pending: '○', late: '◆', bad: '✗', good: '✓' }
    : { pending: 'o', late: '!', bad: 'x', good: '+' };
  yield `${wordVerdict(result, view, marks)}\n\n`;
  yield* printStanding(result, view);
  yield* printLists(result, view, marks, given.all);
  if (result.fileHeads.length > 1) yield* rows(view, 'heads', wordHeads(result.fileHeads));
  if (result.schema !== undefined) yield* printDrift(result.schema, view, marks.bad);
  if (result.atWork !== undefined) yield* rows(view, 'at work', sanitizeLine(result.atWork.words));
  yield '\n';
  if (isClean(result)) yield `${style.good(marks.good)} ${wordClean(result)}\n`;
  if (result.next !== undefined) yield `${printNext(result.next, view)}\n`;
}

/** All of it in a line: `✗ shop: 2 pending, 1 edited`. */
function wordVerdict(
  result: Status,
  { style }: View,
  marks: Readonly<Record<'pending' | 'bad' | 'good', string>>,
): string {
  const { pending, late, edited, unknown, unfinished, torn, schema } = result;
  const project = style.bold(sanitizeLine(result.project));
  if (isClean(result)) return `${style.good(marks.good)} ${project}: nothing is pending`;
  const wrong = [
    { count: late.length, words: 'late' },
    { count: edited.length, words: 'edited' },
    { count: unknown.length, words: 'not in the files' },
    { count: unfinished.length, words: 'unfinished' },
    { count: torn.length, words: 'torn' },
  ].flatMap(({ count, words }) => (count > 0 ? [`${count} ${words}`] : []));
  const others = schema?.isSame === false ? [...wrong, wordDifference(schema)] : wrong;
  const words = [...(pending.length > 0 ? [`${pending.length} pending`] : []), ...others].join(', ');
  const mark = others.length > 0 ? style.bad(marks.bad) : marks.pending;
  return `${mark} ${project}: ${words}`;
}

function wordDifference({ failed }: NonNullable<Status['schema']>): string {
  return failed === undefined ? 'another schema' : 'schema not compared';
}

/** Where the database is, and where it stands. */
function* printStanding(result: Status, view: View): Iterable<string> {
  const { server, hasLedger, last } = result;
  yield* rows(view, 'database', sanitizeLine(result.database));
  yield* rows(view, 'server', server.version === '' ? 'not made yet' : printServer(server));
  const ledger = hasLedger ? `schema ${sanitizeLine(result.ledgerSchema)}` : 'none yet: nothing was ever applied here';
  yield row(view, 'ledger', ledger);
  const heads = result.heads.length === 0 ? ['base'] : result.heads.map(({ id, message }) => `${id} ${message}`);
  for (const [index, head] of heads.entries())
    yield row(
      view,
      index === 0 ? 'stands at' : '',
      cutWords(sanitizeLine(head), view.width - margin, ellipsisOf(view)),
    );
  const by = last === undefined ? '' : `, last ${last.at} by ${sanitizeLine(last.who)} (${last.channel})`;
  yield* rows(view, 'applied', `${wordApplied(result)}${by}`);
}

/** What is not as the files are, each kind as a list. */
function* printLists(
  { pending, late, edited, unknown, unfinished, torn }: Status,
  view: View,
  marks: { readonly pending: string; readonly late: string; readonly bad: string },
  all: boolean,
): Iterable<string> {
  const { bad, warn } = view.style;
  const strange = unknown.map((id) => ({ id, message: 'applied here, but not in the files' }));
  const halves = unfinished.map((half) => ({ id: half.id, message: wordUnfinished(half) }));
  const gone = torn.map(({ id, above }) => ({ id, message: `its entry is gone: ${above} was applied on it` }));
  yield* list(view, 'pending', pending, marks.pending, all);
  yield* list(view, 'late', late, bad(marks.late), all);
  yield* list(view, 'edited', edited, bad(marks.bad), all);
  yield* list(view, 'unknown', strange, bad(marks.bad), all);
  yield* list(view, 'unfinished', halves, warn(marks.bad), all);
  yield* list(view, 'torn', gone, bad(marks.bad), all);
}

function wordClean({ schema }: Status): string {
  if (schema === undefined) return 'The ledger matches the files. The schema itself was not compared.';
  const by = sources[schema.by];
  return `The ledger matches the files, and the schema is what they make (${by}).`;
}

const sources = {
  hash: 'by the hash that is kept for it',
  snapshot: 'by the schema that is kept for it',
  scratch: 'by what they make on scratch',
} as const;

function wordSchema({ isSame, failed }: NonNullable<Status['schema']>, drift: number): string {
  if (failed !== undefined) return `can't be compared: ${sanitizeLine(redact(failed))}`;
  const made = 'what the applied revisions make';
  if (isSame) return made;
  return drift === 0 ? `is not ${made}` : `${plural(drift, 'difference')} to ${made}`;
}

function* printDrift(schema: NonNullable<Status['schema']>, view: View, mark: string): Iterable<string> {
  const drift = schema.items.filter(({ severity }) => severity === 'drift');
  yield* rows(view, 'schema', wordSchema(schema, drift.length));
  for (const { message } of drift.slice(0, most))
    yield `    ${view.style.bad(mark)} ${cutWords(message, Math.max(20, view.width - 7), ellipsisOf(view))}\n`;
  if (drift.length > most) yield `      ${view.style.dim(`and ${drift.length - most} more`)}\n`;
}

function wordHeads(heads: readonly Revision[]): string {
  return sanitizeLine(`${heads.length} in the files: ${listSome(heads.map(idOf), most)}`);
}

function wordApplied({ applied, total, unknown }: Status): string {
  return `${applied - unknown.length} of ${total}${unknown.length === 0 ? '' : `, and ${unknown.length} that the files don't contain`}`;
}

function wordUnfinished({ op, statements, at, who, pid, alive }: Unfinished): string {
  return `${op}, ${plural(statements, 'statement')} recorded, since ${at} by ${who}; pid ${pid} ${alive ? 'is at it' : 'is gone'}`;
}

/** In front of every value. */
const margin = 14;

function* rows(view: View, name: string, value: string): Iterable<string> {
  for (const [index, line] of wrapText(value, view.width - margin).entries())
    yield row(view, index === 0 ? name : '', line);
}

function row({ style }: View, name: string, value: string): string {
  return `  ${style.dim(name.padEnd(10))}  ${value}\n`;
}

const most = 12;

/** Of a longer list, these and the last one are told. */
const first = 5;

function* list(
  view: View,
  name: string,
  revisions: readonly Pick<Revision, 'id' | 'message'>[],
  mark: string,
  all: boolean,
): Iterable<string> {
  if (revisions.length === 0) return;
  yield row(view, name, String(revisions.length));
  const isWhole = all || revisions.length <= first + 3;
  const told = isWhole ? revisions : [...revisions.slice(0, first), ...revisions.slice(-1)];
  for (const [index, { id, message }] of told.entries()) {
    if (!isWhole && index === first)
      yield `      and ${revisions.length - told.length} more, all with --verbose; then\n`;
    const words = cutWords(sanitizeLine(message), Math.max(20, view.width - 8 - id.length), ellipsisOf(view));
    yield `    ${mark} ${view.style.id(sanitizeLine(id))} ${words}\n`;
  }
}

function ellipsisOf({ unicode }: View): string {
  return unicode ? ' …' : ' ...';
}

function idOf({ id }: { readonly id: string }): string {
  return id;
}
