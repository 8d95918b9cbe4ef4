import type { Session, SessionOptions } from './session.ts';
import type { Target } from './target.ts';

/** Connects and logs in, or throws an UpdownError that says in words what is wrong and what to do. */
export async function openSession(target: Target, options: SessionOptions): Promise<Session> {
  // Each brings half of this folder along, and a command needs one of them.
  if (target.kind === 'pglite') return (await import('./pglite.ts')).openPglite(target, options);
  return (await import('./server.ts')).openServer(target, options);
}
