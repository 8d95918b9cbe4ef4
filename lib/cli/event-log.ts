import type { Emit, Event } from '../index.ts';
import type { EventDisplay } from './event-lines.ts';
import { fieldsOf, type LogFacts, levelOf, printLogLine } from './log-line.ts';
import { Seldom } from './seldom.ts';
import type { StepStart } from './text/event.ts';

/** The same events as lines of JSON, for a program that reads them. */
export function logEvents(stream: { write(text: string): unknown }, facts: LogFacts, quiet: boolean): EventDisplay {
  const seldom = new Seldom();
  let known = facts;
  let step: StepStart | undefined;
  const emit: Emit = (event) => {
    known = learn(known, event);
    if (event.kind === 'step-start') step = event;
    const isOld = (event.kind === 'building' || event.kind === 'working') && seldom.isOld(event);
    const isTold = !quiet || event.kind === 'notice' || event.kind === 'warning';
    if (isTold && !isOld) stream.write(printLogLine(levelOf(event), event.kind, known, fieldsOf(event, step)));
    if (event.kind === 'step-end' || event.kind === 'step-fail') step = undefined;
  };
  return { emit, pause: () => {}, end: () => {} };
}

/** Of several hosts, the database is the one that answered. */
function learn(known: LogFacts, event: Event): LogFacts {
  if (event.kind === 'run-start') return { ...known, project: event.project, database: event.database };
  return event.kind === 'connected' || event.kind === 'passed-over' ? { ...known, database: event.database } : known;
}
