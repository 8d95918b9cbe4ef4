import type { Event } from '../index.ts';

/** What every line of a log has, as far as it is known by then. */
export interface LogFacts {
  /** The same in every line of one command. */
  readonly run: string;
  readonly command: string;
  readonly project?: string | undefined;
  readonly database?: string | undefined;
}

/** Kept outside the run, so that the error that ends it names the same database as its other lines. */
export class KnownFacts {
  private facts: LogFacts;

  constructor(facts: LogFacts) {
    this.facts = facts;
  }

  get now(): LogFacts {
    return this.facts;
  }

  name(command: string): void {
    this.facts = { ...this.facts, command };
  }

  /** Of several hosts, the database is the one that answered. */
  learn(event: Event): void {
    const { facts } = this;
    if (event.kind === 'run-start') this.facts = { ...facts, project: event.project, database: event.database };
    else if (event.kind === 'connected' || event.kind === 'passed-over')
      this.facts = { ...facts, database: event.database };
  }
}
