import type { StatementEnd, StepEnd } from '../plan/step-event.ts';
import type { Event } from '../run/event.ts';
import { placeOf } from './place.ts';
import type { Attributes, Mark, Span } from './span.ts';

/** An event, and when it was told, in milliseconds since 1970. */
export interface Moment {
  readonly at: number;
  readonly event: Event;
}

type Draft = Pick<Span, 'name' | 'isCall' | 'start' | 'attributes'>;

interface Open extends Draft {
  attributes: Attributes;
  readonly marks: Mark[];
  readonly children: Span[];
}

/**
 * Pure. The spans of runs, each with those of its steps, and these with those of their statements: what is known of the work, and nothing of
 * what a server says or a statement holds, as either may have values of rows.
 */
export function spansOf(moments: readonly Moment[]): readonly Span[] {
  const builder = new SpanBuilder();
  for (const moment of moments) builder.take(moment);
  return builder.runs;
}

class SpanBuilder {
  readonly runs: Span[] = [];
  /** From the run to what is at work within it. */
  private readonly open: Open[] = [];
  private database: Attributes = {};
  private rows = 0;

  take({ at, event }: Moment): void {
    if (event.kind === 'run-start') this.start(at, event);
    // What throwaway databases are asked before a run is no part of it.
    else if (this.open.length > 0) this.follow(at, event);
  }

  private start(at: number, { command, project, database }: Extract<Event, { kind: 'run-start' }>): void {
    this.database = { 'db.system.name': 'postgresql', ...placeOf(database) };
    const attributes = { ...this.database, 'updown.command': command, 'updown.project': project };
    this.begin({ name: `updown ${command}`, isCall: false, start: at, attributes });
  }

  private follow(at: number, event: Event): void {
    switch (event.kind) {
      case 'connected':
        this.database = { ...this.database, ...placeOf(event.database), 'db.namespace': event.databaseName };
        this.add({ ...this.database, 'updown.server.version': event.server });
        break;
      case 'planned':
        this.add({ 'updown.plan.steps': event.steps, 'updown.plan.digest': event.digest });
        break;
      case 'step-start':
        this.beginStep(at, event);
        break;
      case 'statement':
        this.begin({ name: event.label, isCall: true, start: at, attributes: this.database });
        break;
      case 'statement-end':
      case 'statement-fail':
        this.endStatement(at, event);
        break;
      case 'step-end':
      case 'step-fail':
        this.endStep(at, event);
        break;
      case 'run-end':
        this.closeTo(1, at, false);
        this.add({ 'updown.steps.done': event.steps.length, 'updown.heads': event.heads });
        this.closeTo(0, at, false);
        break;
      case 'run-fail':
        this.closeTo(1, at, true);
        this.add({ 'updown.steps.done': event.steps.length, ...wordError(event) });
        this.closeTo(0, at, true);
        break;
      default:
        this.mark(at, event);
    }
  }

  private beginStep(at: number, event: Extract<Event, { kind: 'step-start' }>): void {
    const { op, id, name, position, total, statements, transactional } = event;
    this.closeTo(1, at, true);
    this.rows = 0;
    const place = { 'updown.step': position, 'updown.steps': total, 'updown.statements': statements };
    const revision = { 'updown.op': op, 'updown.revision.id': id, 'updown.revision.name': name };
    const attributes = { ...this.database, ...revision, ...place, 'updown.transactional': transactional };
    this.begin({ name: `${op} ${id}`, isCall: false, start: at, attributes });
  }

  private endStep(at: number, event: StepEnd): void {
    const failed = event.kind === 'step-fail';
    this.closeTo(2, at, failed);
    this.add({ 'updown.rows': this.rows, ...lockOf(event), ...(failed ? errorOf(event) : {}) });
    this.closeTo(1, at, failed);
  }

  private endStatement(at: number, event: StatementEnd): void {
    const { label, position, line, rows, milliseconds } = event;
    const failed = event.kind === 'statement-fail';
    const place = { 'db.query.summary': label, 'updown.statement': position, 'updown.line': line };
    const own = { ...place, 'updown.rows': rows, ...lockOf(event), ...(failed ? errorOf(event) : {}) };
    this.rows += rows ?? 0;
    // Of several in one message nobody knows when each of them began.
    if (milliseconds === undefined) {
      this.open.at(-1)?.marks.push({ name: 'statement', at, attributes: own });
      return;
    }
    const isOpen = this.open.length > 2;
    if (!isOpen) this.begin({ name: label, isCall: true, start: at - milliseconds, attributes: this.database });
    this.add(own);
    this.closeTo(2, at, failed);
  }

  private mark(at: number, event: Event): void {
    const mark = markOf(event);
    if (mark !== undefined) this.open.at(-1)?.marks.push({ at, ...mark });
  }

  private begin(draft: Draft): void {
    this.open.push({ ...draft, marks: [], children: [] });
  }

  private add(attributes: Attributes): void {
    const last = this.open.at(-1);
    if (last !== undefined) last.attributes = { ...last.attributes, ...attributes };
  }

  /** Leaves so many open. */
  private closeTo(depth: number, at: number, failed: boolean): void {
    while (this.open.length > depth) {
      const last = this.open.pop();
      if (last !== undefined) (this.open.at(-1)?.children ?? this.runs).push({ ...last, end: at, failed });
    }
  }
}

function markOf(event: Event): Omit<Mark, 'at'> | undefined {
  switch (event.kind) {
    case 'blocked':
      return {
        name: 'blocked',
        attributes: { 'updown.by.pid': event.pid, 'updown.by.application': event.application },
      };
    case 'unblocked':
      return { name: 'unblocked', attributes: { 'updown.lock_wait_ms': event.milliseconds } };
    case 'waiting':
      return { name: 'waiting', attributes: { 'updown.attempt': event.attempt, 'updown.by.pid': event.holder?.pid } };
    case 'step-resume':
      return { name: 'resume', attributes: { 'updown.statements.recorded': event.recorded } };
    default:
      return undefined;
  }
}

function lockOf({ lockMilliseconds }: Pick<StepEnd, 'lockMilliseconds'>): Attributes {
  return lockMilliseconds === undefined ? {} : { 'updown.lock_wait_ms': lockMilliseconds };
}

function errorOf(event: Pick<StepEnd, 'sqlstate'>): Attributes {
  return { 'error.type': event.sqlstate ?? 'connection', ...codeOf(event) };
}

function wordError(event: Extract<Event, { kind: 'run-fail' }>): Attributes {
  return { 'error.type': event.sqlstate ?? event.code, 'updown.error.code': event.code, ...codeOf(event) };
}

function codeOf({ sqlstate }: Pick<StepEnd, 'sqlstate'>): Attributes {
  return sqlstate === undefined ? {} : { 'db.response.status_code': sqlstate };
}
