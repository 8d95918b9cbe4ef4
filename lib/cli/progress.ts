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
  stream: Output,
  view: View,
  quiet: boolean,
  { start, again }: Pace = pace,
): ProgressDisplay {
  return new EventLines(new LiveLine(stream, view, { quiet, start, again }), view, quiet);
}

type Output = Stream & { readonly writableLength?: number; write(text: string): unknown };

class EventLines implements ProgressDisplay {
  private readonly live: LiveLine;
  private readonly view: View;
  private readonly quiet: boolean;
  private readonly steps = new Map<string, StepStart>();
  private connected: string | undefined;
  /** Who was named as being in the way. */
  private named: string | undefined;
  private built: { readonly phase: string | undefined; readonly at: number } = { phase: undefined, at: 0 };
  private failed: StepEnd | undefined;
  /** Of a review or a verification: nothing of it is applied anywhere. */
  private aside: 'measured' | 'verified' | undefined;
  private unread = 0;
  private readonly waiting: Event[] = [];
  private coming: NodeJS.Immediate | undefined;

  constructor(live: LiveLine, view: View, quiet: boolean) {
    this.live = live;
    this.view = view;
    this.quiet = quiet;
  }

  /** Shown two moments later: in the first one the run sends its next step, and the server works while we write. */
  readonly emit: Emit = (event) => {
    this.waiting.push(event);
    this.coming ??= setImmediate(() => {
      this.coming = setImmediate(() => this.drain());
    });
  };

  readonly pause = (): void => {
    this.settle();
    this.live.clear();
  };

  readonly end = (): void => {
    this.settle();
    this.tellUnread();
    this.live.end();
  };

  private settle(): void {
    this.drain();
    if (this.failed !== undefined) this.print(this.failed);
    this.failed = undefined;
  }

  private drain(): void {
    clearImmediate(this.coming);
    this.coming = undefined;
    for (const event of this.waiting.splice(0)) this.show(event);
  }

  private show(event: Event): void {
    this.follow(event);
    if (this.isKnown(event)) return;
    // What is tried again has not failed yet.
    if (event.kind === 'step-fail') this.failed = event;
    else if (event.kind === 'waiting') this.print(this.nameOnce(this.nameTried(event)));
    else this.print(event);
  }

  /** What runs now, in the live line. */
  private follow(event: Event): void {
    switch (event.kind) {
      case 'step-start':
        this.steps.set(event.id, event);
        this.live.set(nameLive(event));
        break;
      case 'statement':
        this.live.set(nameLive(event));
        break;
      case 'building':
      case 'working':
        this.live.add(sanitizeLine(event.words));
        break;
      case 'blocked':
        this.live.add('blocked');
        break;
      case 'step-end':
      case 'step-fail':
        this.live.set(undefined);
        break;
      case 'measuring':
        this.aside = 'measured';
        break;
      case 'verifying':
        this.aside = 'verified';
    }
  }

  private isKnown(event: Event): boolean {
    if (event.kind === 'building') return this.view.isTerminal || this.isOld(event.words);
    // After every wait the run connects again; once is enough to read.
    if (event.kind !== 'connected') return false;
    const isSame = this.connected === event.database;
    this.connected = event.database;
    return isSame;
  }

  private print(event: Event): void {
    // What nobody reads would pile up in memory.
    if (event.kind === 'notice' && this.live.isBehind()) {
      this.unread++;
      return;
    }
    this.tellUnread();
    const text = printEvent(event, this.view, this.steps, this.aside);
    const isTold = !this.quiet || event.kind === 'notice' || event.kind === 'warning';
    if (text !== undefined && isTold) this.live.line(redact(text));
  }

  private tellUnread(): void {
    if (this.unread > 0) this.live.line(`  … and ${plural(this.unread, 'more notice')}, which nobody read in time`);
    this.unread = 0;
  }

  private nameTried(event: Waiting): Waiting {
    const again = this.failed === undefined ? '' : `; ${nameStep(this.failed, 'is tried again')}`;
    this.failed = undefined;
    return { ...event, reason: `${event.reason}${again}` };
  }

  /** A terminal shows it in the live line; a log takes a line for each phase, and one now and then. */
  private isOld(words: string): boolean {
    const phase = words.split(',')[0];
    if (phase === this.built.phase && performance.now() - this.built.at < 30_000) return true;
    this.built = { phase, at: performance.now() };
    return false;
  }

  private nameOnce(event: Waiting): Waiting {
    const { holder, ...rest } = event;
    const name = `${holder?.who} ${holder?.query}`;
    if (holder === undefined || name === this.named) return rest;
    this.named = name;
    return event;
  }
}

/** What runs now: drawn again and again on a terminal, told now and then in a log. */
class LiveLine {
  private readonly stream: Output;
  private readonly view: View;
  private readonly options: Pace & { readonly quiet: boolean };
  private readonly mark: string;
  private live: { readonly text: string; readonly since: number; readonly more?: string } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private pulse: NodeJS.Timeout | undefined;
  private drawn = false;

  constructor(stream: Output, view: View, options: Pace & { readonly quiet: boolean }) {
    this.stream = stream;
    this.view = view;
    this.options = options;
    this.mark = view.unicode ? '▸' : '>';
  }

  set(text: string | undefined): void {
    this.live = text === undefined ? undefined : { text, since: performance.now() };
    if (this.options.quiet) return;
    if (!this.view.isTerminal) {
      clearTimeout(this.pulse);
      if (text !== undefined) this.pulse = setTimeout(() => this.beat(), this.options.start).unref();
      return;
    }
    if (text === undefined) this.clear();
    this.timer ??= setInterval(() => this.draw(), 100).unref();
  }

  add(more: string): void {
    if (this.live !== undefined) this.live = { ...this.live, more };
  }

  /** A line that stays. */
  line(text: string): void {
    this.clear();
    this.stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.drawn) this.stream.write('\r\x1b[K');
    this.drawn = false;
  }

  isBehind(): boolean {
    return (this.stream.writableLength ?? 0) > mostUnread;
  }

  end(): void {
    this.set(undefined);
    clearInterval(this.timer);
    clearTimeout(this.pulse);
    this.timer = undefined;
  }

  private draw(): void {
    if (this.live === undefined) return;
    this.clear();
    const { text, since, more } = this.live;
    const told = more === undefined ? '' : `  ${more}`;
    const line = `  ${this.mark} ${text}  ${printDuration(performance.now() - since)}${told}`;
    this.stream.write(cutText(line, this.view.width - 1, '…'));
    this.drawn = true;
  }

  private beat(): void {
    if (this.live === undefined) return;
    const { start, again } = this.options;
    const { text, since } = this.live;
    const elapsed = performance.now() - since;
    const more = this.live.more === undefined ? '' : `, ${this.live.more}`;
    const isStart = elapsed < Math.max(again / 2, start);
    this.line(
      `  ${this.mark} ${text}: ${isStart ? 'started' : `still at work after ${printDuration(elapsed)}${more}`}`,
    );
    const next = Math.floor(elapsed / again + 1.5) * again;
    this.pulse = setTimeout(() => this.beat(), next - elapsed).unref();
  }
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
  aside: string | undefined,
): string | undefined {
  const { style, unicode, width } = view;
  switch (event.kind) {
    case 'connected':
      return `${style.dim('database')} ${sanitizeLine(event.database)} ${style.dim(printServer({ version: event.server, engine: event.engine }))}`;
    case 'measuring':
      return printMeasuring(event, view);
    case 'verifying':
      return printMessage(style.dim('verifying'), `on scratch, ${event.scratch}; nothing of it is applied`, view);
    case 'step-end':
    case 'step-fail': {
      const start = steps.get(event.id);
      if (aside !== undefined) return `  ${style.dim(aside)} ${printStep(event, start, { ...view, width: width - 7 })}`;
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
