import type { ConnectionTarget } from '../libpq/target.ts';
import { needPackage } from '../optional-package.ts';
import { openServer } from './server.ts';
import type { Session, SessionOptions } from './session.ts';

/** Connects and logs in, or throws an UpdownError that says in words what is wrong and what to do. */
export async function openSession(target: ConnectionTarget, options: SessionOptions): Promise<Session> {
  if (target.kind === 'pglite') {
    needPackage(
      '@electric-sql/pglite',
      'A database in this process',
      'Or name a server: --url, and --scratch for throwaway databases.',
    );
    return (await import('./pglite.ts')).openPglite(target, options);
  }
  return openServer(target, options);
}
