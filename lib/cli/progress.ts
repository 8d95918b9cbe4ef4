import {
  cutText,
  displayWidth,
  type Emit,
  type Event,
  type Peer,
  plural,
  redact,
  sanitizeLine,
  wrapText,
} from '../index.ts';
import { printDuration } from './text/duration.ts';
import { printMessage } from './text/message.ts';
import { printServer } from './text/server.ts';
import type { Stream, View } from './view.ts';

export interface ProgressDisplay {
  readonly emit: Emit;
  /** Takes the live line away before something else is written. */
  readonly pause: () => void;
  readonly end: () => void;
}

/** How long a step may take, in milliseconds, before a log says that it has started; and how often it says that the step is still at work. */
interface Pace {
  readonly start: number;
  readonly again: number;
}

/** In bytes. */
const mostUnread = 1 << 20;

const pace: Pace = { start: 500, again: 60_000 };

/**
 * Events as lines on stderr: one a step. What runs now is a live line on a terminal; a log, which nobody can take back, says once that it has
 * started, where it doesn't end at once, and then every minute that it is still at work.
 */
export function showProgress(
  stream: Stream & { readonly writableLength?: number; write(text: string): unknown },
  view: View,
  quiet: boolean,
  { start, again }: Pace = pace,
): ProgressDisplay {
  let live: { readonly text: string; readonly since: number; readonly more?: string } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pulse: NodeJS.Timeout | undefined;
  let drawn = false;
  let connected: string | undefined;
  let named: string | undefined;
  let built: { phase: string | undefined; at: number } = { phase: undefined, at: 0 };
  const steps = new Map<string, StepStart>();
  let failed: StepEnd | undefined;
  // Of a review: nothing of it is applied anywhere.
  let measures = false;
  const waiting: Event[] = [];
  let coming: NodeJS.Immediate | undefined;
  const mark = view.unicode ? '▸' : '>';
  const clear = () => {
    if (drawn) stream.write('\r\x1b[K');
    drawn = false;
  };
  const draw = () => {
    if (live === undefined) return;
    clear();
    const elapsed = printDuration(performance.now() - live.since);
    stream.write(
      cutText(
        `  ${mark} ${live.text}  ${elapsed}${live.more === undefined ? '' : `  ${live.more}`}`,
        view.width - 1,
        '…',
      ),
    );
    drawn = true;
  };
  const beat = (): void => {
    if (live === undefined) return;
    const elapsed = performance.now() - live.since;
    const more = live.more === undefined ? '' : `, ${live.more}`;
    const isStart = elapsed < Math.max(again / 2, start);
    line(`  ${mark} ${live.text}: ${isStart ? 'started' : `still at work after ${printDuration(elapsed)}${more}`}`);
    const next = Math.floor(elapsed / again + 1.5) * again;
    pulse = setTimeout(beat, next - elapsed).unref();
  };
  const setLive = (text: string | undefined) => {
    live = text === undefined ? undefined : { text, since: performance.now() };
    if (quiet) return;
    if (!view.isTerminal) {
      clearTimeout(pulse);
      if (text !== undefined) pulse = setTimeout(beat, start).unref();
      return;
    }
    if (text === undefined) clear();
    timer ??= setInterval(draw, 100).unref();
  };
  let unread = 0;
  const line = (text: string) => {
    clear();
    stream.write(`${text}\n`);
  };
  // What nobody reads would pile up in memory.
  const isBehind = () => (stream.writableLength ?? 0) > mostUnread;
  const tellUnread = () => {
    if (unread > 0) line(`  … and ${plural(unread, 'more notice')}, which nobody read in time`);
    unread = 0;
  };
  const print = (event: Event) => {
    if (event.kind === 'measuring') measures = true;
    if (event.kind === 'notice' && isBehind()) {
      unread++;
      return;
    }
    tellUnread();
    const text = printEvent(event, view, steps, measures);
    if (text !== undefined && (!quiet || event.kind === 'notice' || event.kind === 'warning')) line(redact(text));
  };
  const show: Emit = (event) => {
    if (event.kind === 'step-start' || event.kind === 'statement') setLive(nameLive(event));
    if ((event.kind === 'building' || event.kind === 'working') && live !== undefined)
      live = { ...live, more: sanitizeLine(event.words) };
    if (event.kind === 'blocked' && live !== undefined) live = { ...live, more: 'blocked' };
    if (event.kind === 'step-end' || event.kind === 'step-fail') setLive(undefined);
    // After every wait the run connects again; once is enough to read.
    if (event.kind === 'connected' && connected === event.database) return;
    if (event.kind === 'connected') connected = event.database;
    if (event.kind === 'building' && (view.isTerminal || isOld(event.words))) return;
    if (event.kind === 'step-start') steps.set(event.id, event);
    // What is tried again has not failed yet.
    if (event.kind === 'step-fail') failed = event;
    else if (event.kind === 'waiting') print(nameOnce(nameTried(event)));
    else print(event);
  };
  const nameTried = (event: Waiting): Waiting => {
    const again = failed === undefined ? '' : `; ${nameStep(failed, 'is tried again')}`;
    failed = undefined;
    return { ...event, reason: `${event.reason}${again}` };
  };
  // A terminal shows it in the live line; a log takes a line for each phase, and one now and then.
  const isOld = (words: string): boolean => {
    const phase = words.split(',')[0];
    if (phase === built.phase && performance.now() - built.at < 30_000) return true;
    built = { phase, at: performance.now() };
    return false;
  };
  const nameOnce = (event: Waiting): Waiting => {
    const { holder, ...rest } = event;
    const name = `${holder?.who} ${holder?.query}`;
    if (holder === undefined || name === named) return rest;
    named = name;
    return event;
  };
  const drain = () => {
    clearImmediate(coming);
    coming = undefined;
    for (const event of waiting.splice(0)) show(event);
  };
  const settle = () => {
    drain();
    if (failed !== undefined) print(failed);
    failed = undefined;
  };
  return {
    // Shown two moments later: in the first one the run sends its next step, and the server works while we write.
    emit: (event) => {
      waiting.push(event);
      coming ??= setImmediate(() => {
        coming = setImmediate(drain);
      });
    },
    pause: () => {
      settle();
      clear();
    },
    end: () => {
      settle();
      tellUnread();
      setLive(undefined);
      clearInterval(timer);
      clearTimeout(pulse);
      timer = undefined;
    },
  };
}

type Waiting = Extract<Event, { kind: 'waiting' }>;

type StepEnd = Extract<Event, { kind: 'step-end' | 'step-fail' }>;

type StepStart = Extract<Event, { kind: 'step-start' }>;

function nameLive(event: Extract<Event, { kind: 'step-start' | 'statement' }>): string {
  if (event.kind === 'step-start') return `${event.position}/${event.total} ${nameStep(event, event.name)}`;
  return sanitizeLine(`${event.id} ${event.position}/${event.total} ${event.label} (line ${event.line})`);
}

function printEvent(
  event: Event,
  view: View,
  steps: ReadonlyMap<string, StepStart>,
  measures: boolean,
): string | undefined {
  const { style, unicode, width } = view;
  switch (event.kind) {
    case 'connected':
      return `${style.dim('database')} ${sanitizeLine(event.database)} ${style.dim(printServer({ version: event.server, engine: event.engine }))}`;
    case 'measuring':
      return printMeasuring(event, view);
    case 'step-end':
    case 'step-fail': {
      const start = steps.get(event.id);
      if (measures) return `  ${style.dim('measured')} ${printStep(event, start, { ...view, width: width - 7 })}`;
      const mark = event.kind === 'step-end' ? style.good(unicode ? '✓' : '+') : style.bad(unicode ? '✗' : 'x');
      return `  ${mark} ${printStep(event, start, view)}`;
    }
    case 'notice':
      return printMessage(`  ${style.warn(event.severity.toLowerCase())}:`, clean(event.message), view);
    case 'warning':
      return printMessage(`${style.warn('warning')}:`, clean(event.message), view);
    case 'blocked':
      return printPeer(`  ${style.warn('blocked')} by`, event, view);
    case 'building':
      return printMessage(`  ${style.dim('index build')}:`, clean(event.words.replace(/^building index: /, '')), view);
    case 'waiting':
      return printWaiting(event, view);
    case 'step-resume':
      return printMessage(
        `  ${style.warn('going on')}:`,
        `${clean(event.id)} was started before, ${event.recorded} of ${event.statements} recorded`,
        view,
      );
    default:
      return undefined;
  }
}

/** Before it is broken into lines: a secret in two of them would not be known for one. */
function clean(text: string): string {
  return redact(sanitizeLine(text));
}

function printMeasuring({ scratch, database }: Extract<Event, { kind: 'measuring' }>, view: View): string {
  const { dim } = view.style;
  const where = printMessage(dim('measuring'), `on scratch, ${scratch}; nothing of it is applied`, view);
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

/** As a script says it: what a stamp takes back has a minus. */
function nameStep({ op, id }: Pick<StepEnd, 'op' | 'id'>, name: string): string {
  return sanitizeLine(op === 'unstamp' ? `stamp -${id} ${name}` : `${op} ${id} ${name}`);
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
