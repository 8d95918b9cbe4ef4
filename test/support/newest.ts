import { findPackaged } from './binaries.ts';
import { type Server, startServer } from './server.ts';

let shared: Promise<string> | undefined;

/**
 * The address of a server of the npm package. Its major version is that of the embedded database, and it needs a fraction of the time for
 * the same statements.
 */
export function newestUrl(): Promise<string> {
  const given = process.env.UPDOWN_TEST_NEWEST;
  shared ??= given ? Promise.resolve(given) : startNewest().then((server) => server.url);
  return shared;
}

export function startNewest(): Promise<Server> {
  return startServer({ programs: findPackaged() });
}
