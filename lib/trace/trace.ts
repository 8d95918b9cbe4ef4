import { randomUUID } from 'node:crypto';
import { isUpdownError } from '../errors.ts';
import { needPackages, tracingPackages } from '../optional-package.ts';
import type { Emit } from '../run/event.ts';
import { within } from '../run/within.ts';
import { readTracingWish, type TracingWish } from './environment.ts';
import { type Moment, spansOf } from './spans.ts';

export interface TraceOptions {
  /** Where OpenTelemetry's variables are; default those of this process, from which its packages read the rest in any case. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Told of everything that the trace is told of, and warned where there can be none. */
  readonly emit?: Emit | undefined;
  /** What the spans name the run by; default a new UUID. */
  readonly run?: string | undefined;
}

export interface Trace {
  /** To hand to whatever runs. */
  readonly emit: Emit;
  /** Sends the spans. Never throws, and takes no longer than the variables allow: what goes wrong is a warning. */
  readonly end: () => Promise<void>;
}

/** Records what runs, for OpenTelemetry: one span for a run, each step and each statement. Without its variables nothing is recorded, nor sent. */
export function openTrace({ env = process.env, emit = () => {}, run = randomUUID() }: TraceOptions = {}): Trace {
  const none: Trace = { emit, end: async () => {} };
  const wish = readTracingWish(env);
  if (wish === undefined) return none;
  const without = (message: string, hint = ''): Trace => {
    emit({ kind: 'warning', message: `${message}, so that no spans are sent; the run goes on. ${hint}`.trimEnd() });
    return none;
  };
  if ('fault' in wish) return without(wish.fault, wish.hint);
  try {
    needPackages(tracingPackages, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  } catch (error) {
    return isUpdownError(error) ? without(error.message, error.hint) : without(String(error));
  }
  const moments: Moment[] = [];
  return {
    emit: (event) => {
      moments.push({ at: performance.timeOrigin + performance.now(), event });
      emit(event);
    },
    end: async () => {
      const problem = await send(moments.splice(0), wish, run);
      if (problem !== undefined) emit({ kind: 'warning', message: `${problem}; the run itself is not affected` });
    },
  };
}

/** What went wrong, in words. */
async function send(moments: readonly Moment[], wish: TracingWish, run: string): Promise<string | undefined> {
  const { collector, timeout, parent } = wish;
  const spans = spansOf(moments);
  if (spans.length === 0) return undefined;
  try {
    const { prepareSpans } = await import('./otlp.ts');
    const sends = await prepareSpans(spans, { parent, timeout, attributes: { 'updown.run.id': run } });
    const isSent = await within(
      timeout,
      sends().then(() => true),
    );
    if (isSent) return undefined;
    return wordFailure(collector, `no answer in ${timeout} ms`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return wordFailure(collector, code ?? message);
  }
}

function wordFailure(collector: string, reason: string): string {
  return `The spans of this run could not be sent to ${collector}: ${reason}`;
}
