import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { upgrade } from '../../lib/index.ts';
import { findProgram } from '../support/binaries.ts';
import { withDatabase } from '../support/database.ts';
import { findFreePort } from '../support/free-port.ts';
import { withProject, writeProject } from '../support/project.ts';
import { until } from '../support/until.ts';

const program = findProgram('pgpool', ['/usr/sbin']);
const needsPgpool = program === undefined ? test.skip : test;

/** pgpool-II with two backends, both of them this server: what it tells as the backend's pid is one of theirs at most. */
async function withPgpool(server: URL, folder: string, body: (url: string) => Promise<void>): Promise<void> {
  const port = await findFreePort();
  const backends = [0, 1].map(
    (n) => `backend_hostname${n} = '127.0.0.1'\nbackend_port${n} = ${server.port}\nbackend_weight${n} = 1\n`,
  );
  await mkdir(folder, { recursive: true });
  const files = {
    'pgpool.conf': `backend_clustering_mode = 'streaming_replication'
listen_addresses = '127.0.0.1'
port = ${port}
pcp_port = ${await findFreePort()}
unix_socket_directories = '${folder}'
pcp_socket_dir = '${folder}'
pid_file_name = '${folder}/pgpool.pid'
logdir = '${folder}'
work_dir = '${folder}'
num_init_children = 4
max_pool = 1
sr_check_period = 0
health_check_period = 0
memqcache_total_size = 1MB
search_primary_node_timeout = 1
enable_pool_hba = on
pool_passwd = 'pool_passwd'
${backends.join('')}`,
    'pool_hba.conf': 'host all all 127.0.0.1/32 trust\n',
    'pcp.conf': '',
    pool_passwd: `${server.username}:TEXT${decodeURIComponent(server.password)}\n`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const args = ['-n', '-f', `${folder}/pgpool.conf`, '-F', `${folder}/pcp.conf`, '-a', `${folder}/pool_hba.conf`];
  const child = spawn(program!, args, { cwd: folder, stdio: 'ignore' });
  try {
    const url = new URL(server);
    url.port = String(port);
    await until('pgpool answers', async () => {
      const { openSession } = await import('../../lib/database/open.ts');
      const { parseTarget } = await import('../../lib/libpq/parse.ts');
      const session = await openSession(parseTarget(url.href, {}), {
        applicationName: 'test',
        onNotice: () => {},
      }).catch(() => undefined);
      await session?.close();
      return session !== undefined;
    });
    await body(url.href);
  } finally {
    child.kill('SIGINT');
    await once(child, 'exit');
  }
}

needsPgpool('pgpool-II with two backends is no transaction pooler: a step outside a transaction goes through', () =>
  withDatabase((database) =>
    withProject({}, async (folder) => {
      await writeProject(folder, [
        { id: 'a1', up: 'CREATE TABLE t (i int);\n' },
        { id: 'b1', up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY t_i ON t (i);\nVACUUM t;\n' },
        {
          id: 'c1',
          up: "-- updown: no-transaction\nSET work_mem = '7MB';\nCREATE TABLE seen AS SELECT current_setting('work_mem') AS memory;\n",
        },
      ]);
      await withPgpool(new URL(database.url), join(folder, 'pgpool'), async (url) => {
        const { heads } = await upgrade({ cwd: folder, url, env: {} });
        assert.equal(heads, ['c1']);
      });
      assert.equal(
        await database.query(
          "SELECT memory, (SELECT indisvalid FROM pg_index WHERE indexrelid = 't_i'::regclass) AS valid FROM seen",
        ),
        [{ memory: '7MB', valid: true }],
      );
    }),
  ),
);

test.run();
