import {
  cutText,
  displayWidth,
  type Event,
  type PassedOver,
  type Peer,
  plural,
  redact,
  sanitizeLine,
  wrapText,
} from '../../index.ts';
import type { View } from '../view.ts';
import { printDuration } from './duration.ts';
import { printMessage } from './message.ts';
import { printServer } from './server.ts';

export type Waiting = Extract<Event, { kind: 'waiting' }>;

export type StepEnd = Extract<Event, { kind: 'step-end' | 'step-fail' }>;

export type StepStart = Extract<Event, { kind: 'step-start' }>;

/** One event as a line that stays, or several; undefined where it has none. `steps` has those that have begun. */
export function printEvent(
  event: Event,
  view: View,
  steps: ReadonlyMap<string, StepStart>,
  aside: string | undefined,
): string | undefined {
  const print = printers[event.kind] as Printer<Event> | undefined;
  return print?.(event, { view, steps, aside });
}

interface Surroundings {
  readonly view: View;
  readonly steps: ReadonlyMap<string, StepStart>;
  readonly aside: string | undefined;
}

type Printer<E extends Event> = (event: E, surroundings: Surroundings) => string;

const printers: { readonly [K in Event['kind']]?: Printer<Extract<Event, { kind: K }>> } = {
  connected: (event, { view }) => printConnected(event, view),
  'passed-over': ({ database, over }, { view }) => view.style.dim(wordOver(over, sanitizeLine(database))),
  measuring: (event, { view }) => printMeasuring(event, view),
  verifying: ({ scratch }, { view }) =>
    printMessage(view.style.dim('verifying'), `on scratch, ${scratch}; nothing is applied to your database`, view),
  generating: ({ message }, { view }) => printMessage(view.style.dim('generating'), clean(message), view),
  'step-end': printEnd,
  'step-fail': printEnd,
  notice: ({ severity, message }, { view }) =>
    printMessage(`  ${view.style.warn(severity.toLowerCase())}:`, clean(message), view),
  warning: ({ message }, { view }) => printMessage(`${view.style.warn('warning')}:`, clean(message), view),
  blocked: (event, { view }) => printPeer(`  ${view.style.warn('blocked')} by`, event, view),
  building: ({ words }, { view }) =>
    printMessage(`  ${view.style.dim('index build')}:`, clean(words.replace(/^building index: /, '')), view),
  waiting: (event, { view }) => printWaiting(event, view),
  'step-resume': ({ id, recorded, statements }, { view }) =>
    printMessage(
      `  ${view.style.warn('going on')}:`,
      `${clean(id)} was started before, ${recorded} of ${statements} recorded`,
      view,
    ),
};

function printEnd(event: StepEnd, { steps, view, aside }: Surroundings): string {
  const start = steps.get(event.id);
  const { style, unicode, width } = view;
  if (aside !== undefined) return `  ${style.dim(aside)} ${printStep(event, start, { ...view, width: width - 7 })}`;
  const mark = event.kind === 'step-end' ? style.good(unicode ? '✓' : '+') : style.bad(unicode ? '✗' : 'x');
  return `  ${mark} ${printStep(event, start, view)}`;
}

/** Before it is broken into lines: a secret in two of them would not be known for one. */
function clean(text: string): string {
  return redact(sanitizeLine(text));
}

function printConnected(event: Extract<Event, { kind: 'connected' }>, { style }: View): string {
  const { database, server, engine, over } = event;
  const line = `${style.dim('database')} ${sanitizeLine(database)} ${style.dim(printServer({ version: server, engine }))}`;
  return over === undefined ? line : `${line}\n  ${style.dim(wordOver(over, 'it'))}`;
}

/** Why this database is asked, and not the embedded one. */
function wordOver({ by, embedded }: PassedOver, database: string): string {
  const [names, takes] = by.length === 1 ? ['names', 'takes'] : ['name', 'take'];
  return `${by.join(', ')} ${names} ${database}, and ${takes} precedence over ${sanitizeLine(embedded)} of the configuration`;
}

function printMeasuring({ scratch, database }: Extract<Event, { kind: 'measuring' }>, view: View): string {
  const { dim } = view.style;
  const where = printMessage(dim('measuring'), `on scratch, ${scratch}; nothing is applied to your database`, view);
  if (database === undefined) return where;
  return `${where}\n${printMessage(dim('only read'), `${clean(database)}: ledger, sizes and catalogs`, view)}`;
}

function printWaiting({ reason, attempt, leftMilliseconds, holder }: Waiting, view: View): string {
  const words = `${clean(reason)} (try ${attempt}, ${printDuration(leftMilliseconds)} left)`;
  const waiting = printMessage(`  ${view.style.warn('waiting')}:`, words, view);
  return holder === undefined ? waiting : `${waiting}\n${printPeer('    in the way:', holder, view)}`;
}

/** Who it is, what it runs, and how to be rid of it: what an operator needs at night. */
function printPeer(head: string, { pid, who, doing, query }: Peer, view: View): string {
  const { dim } = view.style;
  const lines = [printMessage(head, `${clean(who)}, ${doing}`, view, deeper)];
  if (query !== '') lines.push(printMessage(`    ${dim('it runs:')}`, clean(query), view, deeper));
  lines.push(`    ${dim('to end it:')} SELECT pg_terminate_backend(${pid});`);
  return lines.join('\n');
}

const deeper = { indent: 6 };

/** As a script says it. */
export function nameStep({ op, id }: Pick<StepEnd, 'op' | 'id'>, name: string): string {
  return sanitizeLine(`${op} ${id} ${name}`);
}

/** `3/14 up 5cd038a8f131 initial schema        2 statements  12 ms`, the numbers at the right edge. */
function printStep(
  event: StepEnd,
  start: StepStart | undefined,
  { width, isTerminal }: Pick<View, 'width' | 'isTerminal'>,
): string {
  const total = String(start?.total ?? 0);
  const place = `${String(start?.position ?? 0).padStart(total.length)}/${total}`;
  const count = start === undefined || start.statements === 0 ? '' : plural(start.statements, 'statement');
  const right = `${count}  ${printDuration(event.milliseconds).padStart(7)}`;
  const room = Math.max(20, width - 4 - right.length - 2);
  const bare = start?.transactional === false ? ' (no transaction)' : '';
  const named = nameStep(event, start?.name ?? '');
  const own = room - place.length - 1 - bare.length;
  // A message may be cut; of the revisions that a stamp records none is left out.
  const isStamp = event.op === 'stamp' || event.op === 'unstamp';
  const [first = '', ...more] = !isStamp ? [cutText(named, own, '…')] : isTerminal ? wrapText(named, own) : [named];
  const left = `${place} ${first}${bare}`;
  const under = more.map((line) => `\n${' '.repeat(place.length + 5)}${line}`);
  return `${left}${' '.repeat(Math.max(2, room - displayWidth(left) + 2))}${right}${under.join('')}`;
}
