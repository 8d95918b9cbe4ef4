import { cutText } from '../index.ts';
import { printDuration } from './text/duration.ts';
import type { Stream, View } from './view.ts';

/** How long a step may take, in milliseconds, before a log says that it has started; and how often it says that the step is still at work. */
export interface Pace {
  readonly start: number;
  readonly again: number;
}

export type Output = Stream & { readonly writableLength?: number; write(text: string): unknown };

/** In bytes. */
const mostUnread = 1 << 20;

interface Live {
  readonly text: string;
  readonly since: number;
  readonly more?: string | undefined;
  /** Whether a log has a line of it already. */
  readonly isTold: boolean;
}

/** What runs now: drawn again and again on a terminal, told now and then in a log. */
export class LiveLine {
  private readonly stream: Output;
  private readonly view: View;
  private readonly options: Pace & { readonly quiet: boolean };
  private readonly mark: string;
  private live: Live | undefined;
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
    this.begin(text, false);
  }

  /** Of which a log has a line already. */
  setTold(text: string): void {
    this.begin(text, true);
  }

  private begin(text: string | undefined, isTold: boolean): void {
    this.live = text === undefined ? undefined : { text, since: performance.now(), isTold };
    if (this.options.quiet) return;
    if (!this.view.isTerminal) {
      clearTimeout(this.pulse);
      const first = isTold ? this.options.again : this.options.start;
      if (text !== undefined) this.pulse = setTimeout(() => this.beat(), first).unref();
      return;
    }
    if (text === undefined) this.clear();
    this.timer ??= setInterval(() => this.draw(), 100).unref();
  }

  /** Behind it; undefined takes that away. */
  add(more: string | undefined): void {
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
    const { again } = this.options;
    const { text, since, isTold } = this.live;
    const elapsed = performance.now() - since;
    const more = this.live.more === undefined ? '' : `, ${this.live.more}`;
    // A timer can be late: that the step has started is the first line, whenever it is written.
    this.line(`  ${this.mark} ${text}: ${isTold ? `still at work after ${printDuration(elapsed)}${more}` : 'started'}`);
    this.live = { ...this.live, isTold: true };
    const next = Math.floor(elapsed / again + 1.5) * again;
    this.pulse = setTimeout(() => this.beat(), next - elapsed).unref();
  }
}
