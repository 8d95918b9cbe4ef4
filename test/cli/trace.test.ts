import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTrace, upgrade } from '../../lib/index.ts';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { whileHeld } from '../survive/broken.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly events: readonly { readonly name: string; readonly attributes: readonly Attribute[] }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number; readonly doubleValue?: number };
}

interface Received {
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

interface Collector {
  readonly url: string;
  readonly received: readonly Received[];
  readonly spans: () => readonly Span[];
}

/** A collector that keeps what it is sent; `answers` false: it takes it, and says nothing. */
async function withCollector(body: (collector: Collector) => Promise<void>, answers = true): Promise<void> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    received.push({ path: request.url ?? '', headers: request.headers, body: await text(request) });
    if (answers) response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const spans = () => received.flatMap((message) => spansOf(message.body));
    await body({ url: `http://127.0.0.1:${port}`, received, spans });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function spansOf(body: string): readonly Span[] {
  const { resourceSpans } = JSON.parse(body) as {
    resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
  };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

function readAttribute(attributes: readonly Attribute[], key: string): unknown {
  const value = attributes.find((attribute) => attribute.key === key)?.value;
  return value === undefined ? undefined : Object.values(value)[0];
}

/** The names of all, each under its parent's. */
function treeOf(spans: readonly Span[], parent: Span | undefined): readonly unknown[] {
  const own = spans.filter(({ parentSpanId }) =>
    parent === undefined ? !spans.some(({ spanId }) => spanId === parentSpanId) : parentSpanId === parent.spanId,
  );
  const inOrder = own.toSorted((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
  return inOrder.map((span) => [span.name, ...treeOf(spans, span)]);
}

const shop = [
  {
    id: 'a1',
    up: "CREATE TABLE t (s text);\nINSERT INTO t VALUES ('Jane Doe'), ('John Doe');\n",
    down: 'DROP TABLE t;\n',
  },
  {
    id: 'b1',
    up: "-- updown: no-transaction\nUPDATE t SET s = 'Jim Doe';\nCREATE INDEX CONCURRENTLY t_s ON t (s);\n",
    down: 'DROP INDEX t_s;\n',
  },
  { id: 'c1', up: 'CREATE INDEX t_l ON t (lower(s));\n', down: 'DROP INDEX t_l;\n' },
];

function withShop(body: (cwd: string, database: Database) => Promise<void>): Promise<void> {
  return withProject({}, async (cwd) => {
    await writeProject(cwd, shop);
    await withDatabase((database) => body(cwd, database));
  });
}

test('one span for the run, each step and each statement that is a message of its own', () =>
  withShop((cwd, { url, name }) =>
    withCollector(async ({ url: endpoint, received, spans }) => {
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=s3cr3t' };
      const { status, stderr } = await updown(['upgrade', '--url', url], { cwd, env });
      assert.is(status, 0, stderr);
      assert.not.match(stderr, /warning|s3cr3t/);
      const [message] = received;
      assert.is(message?.path, '/v1/traces');
      assert.is(message?.headers['x-key'], 's3cr3t');
      assert.match(message?.body ?? '', '"service.name","value":{"stringValue":"updown"}');
      const all = spans();
      assert.equal(treeOf(all, undefined), [
        [
          'updown upgrade',
          ['up a1'],
          ['up b1', ['UPDATE'], ['CREATE INDEX CONCURRENTLY']],
          ['up c1', ['CREATE INDEX']],
        ],
      ]);
      assert.is(new Set(all.map(({ traceId }) => traceId)).size, 1);
      const find = (wanted: string) => all.find((span) => span.name === wanted) as Span;
      for (const span of all) {
        assert.is(readAttribute(span.attributes, 'db.system.name'), 'postgresql');
        assert.is(readAttribute(span.attributes, 'db.namespace'), name);
        assert.is(readAttribute(span.attributes, 'server.port'), Number(new URL(url).port));
        assert.ok(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano), span.name);
        // Unset: it went well.
        assert.is(span.status.code ?? 0, 0);
        assert.is(span.kind, ['UPDATE', 'CREATE INDEX', 'CREATE INDEX CONCURRENTLY'].includes(span.name) ? 3 : 1);
      }
      assert.is(readAttribute(find('UPDATE').attributes, 'updown.rows'), 2);
      assert.is(readAttribute(find('up a1').attributes, 'updown.rows'), 2);
      // Both were sent as one message: what is known of each is a mark on its step.
      assert.equal(
        find('up a1').events.map(({ name, attributes }) => [name, readAttribute(attributes, 'db.query.summary')]),
        [
          ['statement', 'CREATE TABLE'],
          ['statement', 'INSERT'],
        ],
      );
      const { password } = new URL(url);
      for (const secret of ['Doe', 's3cr3t', `:${password}@`]) assert.not.match(message?.body ?? '', secret);
    }),
  ));

test("TRACEPARENT makes the run a child of the pipeline's span; names and switches are OpenTelemetry's own", () =>
  withShop((cwd, { url }) =>
    withCollector(async ({ url: endpoint, received, spans }) => {
      const [trace, span] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
      const run = async (words: string, env: Readonly<Record<string, string>>) => {
        const done = await updown([...words.split(' '), '--url', url], {
          cwd,
          env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env },
        });
        assert.is(done.status, 0, done.stderr);
        assert.not.match(done.stderr, 'spans');
      };
      await run('upgrade', { OTEL_SDK_DISABLED: 'true' });
      await run('downgrade base --yes', { OTEL_TRACES_EXPORTER: 'none' });
      await run('upgrade', { TRACEPARENT: `00-${trace}-${span}-00` });
      assert.is(received.length, 0);
      await run('downgrade base --yes', {
        TRACEPARENT: `00-${trace}-${span}-01`,
        OTEL_SERVICE_NAME: 'shop-migrations',
      });
      assert.equal(new Set(spans().map(({ traceId }) => traceId)), new Set([trace]));
      assert.equal(
        spans().flatMap(({ name, parentSpanId }) => (parentSpanId === span ? [name] : [])),
        ['updown downgrade'],
      );
      assert.match(received[0]?.body ?? '', '"service.name","value":{"stringValue":"shop-migrations"}');
      await run('stamp a1 --force', { TRACEPARENT: 'nonsense' });
      assert.is(spans().at(-1)?.name, 'updown stamp');
    }),
  ));

test('what fails has the status of an error and the SQLSTATE, and none of the words that may hold a row', () =>
  withShop((cwd, { url }) =>
    withCollector(async ({ url: endpoint, received, spans }) => {
      await writeProject(cwd, [...shop, { id: 'd1', up: "SELECT 'Jane Doe'::integer;\n" }]);
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
      const { status } = await updown(['upgrade', '--url', url], { cwd, env });
      assert.is(status, 1);
      const failed = spans().filter((span) => span.status.code === 2);
      assert.equal(
        failed.map(({ name, attributes, status: { message } }) => [
          name,
          readAttribute(attributes, 'error.type'),
          readAttribute(attributes, 'db.response.status_code'),
          message,
        ]),
        [
          ['SELECT', '22P02', '22P02', undefined],
          ['up d1', '22P02', '22P02', undefined],
          ['updown upgrade', '22P02', '22P02', undefined],
        ],
      );
      const [run] = failed.slice(-1);
      assert.is(readAttribute(run?.attributes ?? [], 'updown.steps.done'), 3);
      assert.not.match(received[0]?.body ?? '', 'Doe');
    }),
  ));

test('a lock that was waited for is on its statement and its step', () =>
  withShop((cwd, { url }) =>
    withCollector(async ({ url: endpoint, spans }) => {
      await updown(['upgrade', 'b1', '--url', url], { cwd });
      await whileHeld(url, 'LOCK TABLE t', async (release, pid) => {
        process.env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
        const { emit, end } = await openTrace({ emit: ({ kind }) => void (kind === 'blocked' && release()) });
        await upgrade({ cwd, url, env: {}, emit });
        await end();
        delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
        const step = spans().find(({ name }) => name === 'up c1') as Span;
        const statement = spans().find(({ name }) => name === 'CREATE INDEX') as Span;
        assert.ok(Number(readAttribute(step.attributes, 'updown.lock_wait_ms')) > 0);
        assert.is(
          readAttribute(statement.attributes, 'updown.lock_wait_ms'),
          readAttribute(step.attributes, 'updown.lock_wait_ms'),
        );
        assert.equal(
          step.events.map(({ name, attributes }) => [name, readAttribute(attributes, 'updown.by.pid')]),
          [
            ['blocked', pid],
            ['unblocked', undefined],
          ],
        );
      });
    }),
  ));

test('a collector that is not there, or does not answer, is told once, and the run is what it would have been', () =>
  withShop((cwd, { url }) =>
    withCollector(async ({ url: silent }) => {
      const cases = {
        'http://127.0.0.1:9': 'could not be sent to 127.0.0.1:9: ECONNREFUSED',
        [silent]: `could not be sent to ${new URL(silent).host}: `,
        'http://me:s3cr3t@127.0.0.1:9': 'could not be sent to 127.0.0.1:9: ',
        'collector:4318':
          'OTEL_EXPORTER_OTLP_ENDPOINT is not the url of a collector, which begins with http:// or https://: "collector:4318", so that no spans are sent; the run goes on. Write http://collector:4318.',
        'ftp://127.0.0.1': '"ftp://127.0.0.1", so that no spans are sent; the run goes on. Write http://<host>:4318.',
        nonsense: '"nonsense", so that no spans',
        'me:s3cr3t@127.0.0.1:9': 'begins with http:// or https://, so that no spans',
        'http://': 'begins with http:// or https://: "http://", so that',
      };
      for (const [endpoint, words] of Object.entries(cases)) {
        const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '300' };
        const up = await updown(['upgrade', '--url', url], { cwd, env });
        assert.is(up.status, 0, up.stderr);
        assert.match(up.stdout, /^Done: 3 revisions applied/);
        assert.match(up.stderr, words);
        assert.is(up.stderr.match(/warning:/g)?.length, 1, up.stderr);
        assert.not.match(up.stderr, 's3cr3t');
        assert.is((await updown(['downgrade', 'base', '--yes', '--url', url], { cwd })).status, 0);
      }
      const empty = { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ' ' };
      const up = await updown(['upgrade', '--url', url], { cwd, env: empty });
      assert.equal([up.status, up.stderr.match(/warning|spans/g)], [0, null], 'one that is set to nothing is not set');
    }, false),
  ));

test.run();
