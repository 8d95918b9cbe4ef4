import { type Event, type Peer, redact, sanitizeJson } from '../index.ts';
import type { StepStart } from './text/event.ts';

export type Level = 'info' | 'warn' | 'error';

/** What every line of a log has, as far as it is known by then. */
export interface LogFacts {
  /** The same in every line of one command. */
  readonly run: string;
  readonly command: string;
  readonly project?: string | undefined;
  readonly database?: string | undefined;
}

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
  switch (event.kind) {
    case 'step-start':
      return { ...nameStep(event), transactional: event.transactional, statements: event.statements };
    case 'step-end':
    case 'step-fail': {
      const { milliseconds, lockMilliseconds, sqlstate } = event;
      return { ...nameStep(step), milliseconds, lockMilliseconds, sqlstate };
    }
    case 'statement':
    case 'statement-end':
    case 'statement-fail': {
      const { kind: _kind, id: _id, position, total, ...rest } = event;
      return { ...nameStep(step), statement: position, statements: total, ...rest };
    }
    case 'step-resume':
      return { ...nameStep(step), recorded: event.recorded, statements: event.statements };
    case 'notice':
      return { severity: event.severity, message: event.message, sqlstate: event.code };
    case 'blocked':
      return { ...nameStep(step), by: peerOf(event) };
    case 'waiting': {
      const { kind: _kind, holder, ...rest } = event;
      return { ...rest, by: holder && peerOf(holder) };
    }
    case 'building':
    case 'working': {
      const { command: operation, phase, percent, rows, pid } = event;
      return { ...nameStep(step), operation, phase, percent, rows, pid };
    }
    default:
      return withoutFacts(event);
  }
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
