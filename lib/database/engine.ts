import { UpdownError } from '../errors.ts';
import type { Session } from './session.ts';

/** Servers that speak PostgreSQL's protocol, and keep none of what a step relies on: how they are known, and what is missing. */
const engines: readonly {
  readonly name: string;
  readonly isThis: (session: Pick<Session, 'parameters'>, host: string) => boolean;
  readonly lacks: string;
}[] = [
  {
    name: 'CockroachDB',
    isThis: ({ parameters }) => parameters.has('crdb_version'),
    lacks: 'it commits before each statement of DDL and has no advisory locks',
  },
  {
    name: 'Aurora DSQL',
    isThis: (_, host) => /\.dsql(-\w+)?\.[\w-]+\.on\.aws$/i.test(host),
    lacks: 'it takes one statement of DDL a transaction, and no advisory locks',
  },
  {
    name: 'Spanner',
    isThis: (_, host) => /^spanner\.googleapis\.com$/i.test(host),
    lacks: 'it has no DDL in a transaction',
  },
];

/** Asked of what the server says at the login, so that nothing has been sent yet. */
export function refuseEngine(session: Pick<Session, 'parameters'>, host: string): void {
  const engine = engines.find(({ isThis }) => isThis(session, host));
  if (engine === undefined) return;
  throw new UpdownError('config', `This is ${engine.name}, where a step can't be kept whole: ${engine.lacks}`, {
    hint: 'Nothing was sent. updown needs PostgreSQL 12 or later, or a service that keeps its transactions and locks.',
  });
}
