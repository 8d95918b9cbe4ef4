import { type Event, type Peer, redact, sanitizeJson } from '../index.ts';
import type { LogFacts } from './log-facts.ts';
import type { StepEnd, StepStart } from './text/event.ts';

export type Level = 'info' | 'warn' | 'error';

/** One JSON object, on a line: no password in it, and nothing that moves a terminal's cursor. */
export function printLogLine(level: Level, event: string, facts: LogFacts, fields: object): string {
  const { run, command, project, database } = facts;
  const line = { time: new Date().toISOString(), level, event, run, command, project, database, ...fields };
  return `${sanitizeJson(JSON.stringify(line, clean))}\n`;
}

function clean(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  // A thousandth of a millisecond is more than any clock here tells.
  return typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value;
}

export function levelOf(event: Event): Level {
  switch (event.kind) {
    case 'run-fail':
    case 'step-fail':
    case 'statement-fail':
      return 'error';
    case 'warning':
    case 'blocked':
    case 'waiting':
      return 'warn';
    case 'notice':
      return event.severity === 'WARNING' ? 'warn' : 'info';
    default:
      return 'info';
  }
}

/** The event's own fields, under names that say of what they are; `step` is the one it belongs to. */
export function fieldsOf(event: Event, step: StepStart | undefined): object {
  const named = fields[event.kind] as ((event: Event, step: StepStart | undefined) => object) | undefined;
  return named === undefined ? withoutFacts(event) : named(event, step);
}

type Fields = {
  readonly [Kind in Event['kind']]?: (event: Extract<Event, { kind: Kind }>, step: StepStart | undefined) => object;
};

type Statement = Extract<Event, { kind: 'statement' | 'statement-end' | 'statement-fail' }>;

type Working = Extract<Event, { kind: 'building' | 'working' }>;

const fields: Fields = {
  'step-start': (event) => ({
    ...nameStep(event),
    transactional: event.transactional,
    statements: event.statements,
  }),
  'step-end': listEnd,
  'step-fail': listEnd,
  statement: listStatement,
  'statement-end': listStatement,
  'statement-fail': listStatement,
  'step-resume': ({ recorded, statements }, step) => ({ ...nameStep(step), recorded, statements }),
  notice: ({ severity, message, code }) => ({ severity, message, sqlstate: code }),
  blocked: (event, step) => ({ ...nameStep(step), by: peerOf(event) }),
  waiting: ({ kind: _kind, holder, ...rest }) => ({ ...rest, by: holder && peerOf(holder) }),
  building: listWork,
  working: listWork,
};

function listEnd({ milliseconds, lockMilliseconds, sqlstate }: StepEnd, step: StepStart | undefined): object {
  return { ...nameStep(step), milliseconds, lockMilliseconds, sqlstate };
}

function listStatement(event: Statement, step: StepStart | undefined): object {
  const { kind: _kind, id: _id, position, total, ...rest } = event;
  return { ...nameStep(step), statement: position, statements: total, ...rest };
}

function listWork({ command: operation, phase, percent, rows, pid }: Working, step: StepStart | undefined): object {
  return { ...nameStep(step), operation, phase, percent, rows, pid };
}

function nameStep(step: StepStart | undefined): object {
  if (step === undefined) return {};
  const { op, id, name, position, total } = step;
  return { op, revision: id, name, step: position, steps: total };
}

function peerOf({ pid, application, user, address, state, since, query }: Peer): object {
  return { pid, application, user, address, state, since, query };
}

/** Every line has these in any case. */
function withoutFacts(event: Event): object {
  const { kind: _kind, ...rest } = event;
  const named = Object.entries(rest).filter(([key]) => !['command', 'project', 'database'].includes(key));
  return Object.fromEntries(named);
}
