import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPooler } from '../support/pooler.ts';
import { withProject, writeProject } from '../support/project.ts';
import { withProxy } from '../support/proxy.ts';
import { type Server, startServer } from '../support/server.ts';
import { ask } from './ask.ts';
import type { Cuts } from './cuts.ts';
import type { Work } from './work.ts';

/** A server of its own, a database, a project, and the way the runners take to it. */
export interface Site {
  readonly server: Server;
  /** The database by the straight way. */
  readonly url: string;
  /** The runners' way: by the proxy, and behind it the pooler where there is one. */
  readonly runnersUrl: string;
  readonly folder: string;
}

export interface SiteOptions {
  readonly work: Work;
  readonly cuts: Cuts;
  readonly pooled: boolean;
}

export async function withSite(
  { work, cuts, pooled }: SiteOptions,
  body: (site: Site) => Promise<void>,
): Promise<void> {
  const server = await startServer({ settings: { fsync: 'on', max_connections: '100' } });
  try {
    await ask(server.url, 'CREATE DATABASE chaos');
    const url = toDatabase(server.url);
    const pooler = pooled ? await startPooler(server) : undefined;
    await withProject({ 'updown.json': '{ "lockTimeout": "400ms" }\n' }, async (folder) => {
      await writeProject(folder, work.revisions);
      await withProxy(toDatabase(pooler?.url ?? server.url), cuts.hooks, (proxy) =>
        body({ server, url, runnersUrl: proxy.url, folder }),
      );
    });
    await pooler?.stop();
  } finally {
    await server.stop();
  }
}

/** The built command line, as users have it; in a test run the one that was built for it. */
export function commandLine(args: readonly string[]): readonly string[] {
  const built = process.env.UPDOWN_TEST_CLI ?? fileURLToPath(new URL('../../dist/bin/updown.js', import.meta.url));
  return [process.execPath, resolve(built), ...args];
}

function toDatabase(url: string): string {
  const address = new URL(url);
  address.pathname = '/chaos';
  return address.href;
}
