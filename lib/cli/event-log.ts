import type { Emit } from '../index.ts';
import type { EventDisplay } from './event-lines.ts';
import type { KnownFacts } from './log-facts.ts';
import { fieldsOf, levelOf, printLogLine } from './log-line.ts';
import { Seldom } from './seldom.ts';
import type { StepStart } from './text/event.ts';

/** The same events as lines of JSON, for a program that reads them. */
export function logEvents(stream: { write(text: string): unknown }, facts: KnownFacts, quiet: boolean): EventDisplay {
  const seldom = new Seldom();
  let step: StepStart | undefined;
  const emit: Emit = (event) => {
    facts.learn(event);
    if (event.kind === 'step-start') step = event;
    const isOld = (event.kind === 'building' || event.kind === 'working') && seldom.isOld(event);
    const isTold = !quiet || event.kind === 'notice' || event.kind === 'warning';
    if (isTold && !isOld) stream.write(printLogLine(levelOf(event), event.kind, facts.now, fieldsOf(event, step)));
    if (event.kind === 'step-end' || event.kind === 'step-fail') step = undefined;
  };
  return { emit, pause: () => {}, end: () => {} };
}
