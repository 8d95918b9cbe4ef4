import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type AwaitOptions, awaitHeads, type Emit, reset, stamp, type UpdownError, upgrade } from '../../lib/index.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';

test('a server that comes later is waited for where that is asked, and a database that gets there later', () =>
  withDatabase((database) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, [{ id: 'a1' }, { id: 'b1' }]);
      const port = await findFreePort();
      const url = Object.assign(new URL(database.url), { hostname: '127.0.0.1', port: String(port) }).href;
      const options = { cwd, url, env: {} };
      const refused: UpdownError = await upgrade(options).then(
        () => assert.unreachable(),
        (error) => error,
      );
      assert.equal([refused.code, refused.mayCome], ['connection', true]);
      const reasons: string[] = [];
      const emit = (event: { kind: string; reason?: string }) => {
        if (event.kind === 'waiting') reasons.push(event.reason ?? '');
      };
      const watching = awaitHeads({ ...options, wait: 120_000 });
      const running = upgrade({ ...options, wait: 120_000, awaitsServer: true, target: 'a1', emit });
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const front = await listen(port, new URL(database.url));
      try {
        assert.equal((await running).heads, ['a1']);
        assert.match(reasons[0] ?? '', 'connection refused');
        const early = await awaitHeads({ ...options, wait: 0 });
        assert.equal(
          early.pending.map(({ id }) => id),
          ['b1'],
        );
        await upgrade(options);
        assert.equal((await watching).pending, []);
      } finally {
        front.close();
      }
    }),
  ));

test('--wait ends in time where no server ever comes, and at once where the login is refused', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1' }]);
    const url = `postgres://u@127.0.0.1:${await findFreePort()}/d`;
    const started = performance.now();
    for (const command of [
      () => upgrade({ cwd, url, env: {}, wait: 1_500, awaitsServer: true }),
      () => awaitHeads({ cwd, url, env: {}, wait: 1_500 }),
    ]) {
      const error: UpdownError = await command().then(
        () => assert.unreachable(),
        (caught) => caught,
      );
      assert.match(error.message, 'connection refused');
    }
    const taken = performance.now() - started;
    assert.ok(taken > 2_500 && taken < 30_000, `${taken} ms`);
  }));

test('F15: a signal while a server, or the heads, are waited for ends the command: exit 130, with what was waited for', () =>
  withDatabase((database) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, [{ id: 'a1' }, { id: 'b1' }]);
      const nowhere = `postgres://u@127.0.0.1:${await findFreePort()}/d`;
      const wait = 120_000;
      const cases: readonly [url: string, note: string, command: (options: AwaitOptions) => Promise<unknown>][] = [
        [nowhere, 'connection refused', (options) => upgrade({ ...options, awaitsServer: true })],
        [nowhere, 'connection refused', (options) => stamp({ ...options, targets: ['a1'], awaitsServer: true })],
        [nowhere, 'connection refused', (options) => reset({ ...options, awaitsServer: true })],
        [nowhere, 'connection refused', awaitHeads],
        [database.url, '2 revisions not applied yet', awaitHeads],
      ];
      for (const [url, note, command] of cases) {
        const interrupt = new AbortController();
        const reasons: string[] = [];
        const emit: Emit = (event) => {
          if (event.kind !== 'waiting') return;
          reasons.push(event.reason);
          interrupt.abort();
        };
        const error: UpdownError = await command({ cwd, url, env: {}, wait, emit, signal: interrupt.signal }).then(
          () => assert.unreachable(),
          (caught) => caught,
        );
        assert.equal([error.code, error.exitStatus, reasons.length], ['interrupted', 130, 1], error.message);
        assert.match(error.notes[0] ?? '', note);
      }
    }),
  ));

test('what is waited for is told once, as long as it is the same', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, [{ id: 'a1' }, { id: 'b1' }]);
      const reasons: string[] = [];
      const emit: Emit = (event) => {
        if (event.kind === 'waiting') reasons.push(event.reason);
      };
      await awaitHeads({ cwd, url, env: {}, wait: 1_500, emit });
      assert.equal(reasons, ['2 revisions not applied yet']);
    }),
  ));

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function listen(port: number, { hostname, port: behind }: URL): Promise<Server> {
  const front = createServer((client) => {
    const server = connect(Number(behind), hostname);
    client.on('error', () => server.destroy()).pipe(server);
    server.on('error', () => client.destroy()).pipe(client);
  }).listen(port, '127.0.0.1');
  await once(front, 'listening');
  return front;
}

test.run();
