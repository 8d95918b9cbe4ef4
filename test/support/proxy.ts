import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * What becomes of a message. `drop`: it does not arrive, and both ends find the connection closed. `last`: it arrives,
 * and nothing behind it. `stall`: nothing goes through any more, in either direction, and nobody is told.
 */
export type Verdict = 'pass' | 'drop' | 'last' | 'stall';

/** What a client has sent to be run, as text: a message of the simple protocol, or what it has parsed to give it values. */
export interface Query {
  /** 1-based: the connection it came on, and which one it was there. */
  readonly connection: number;
  readonly number: number;
  readonly text: string;
}

/** One message from the client, of whatever kind: logging in and taking leave are some, too. */
export interface Message {
  /** 1-based: the socket it came on, in the order they were opened, and which one it was there. */
  readonly socket: number;
  readonly number: number;
  /** `startup`, `p` a password, `Q` a query, `X` the end, … */
  readonly type: string;
}

/** One message from the server. */
export interface Answer {
  readonly connection: number;
  /** The number of the query it answers; 0 while the client logs in. */
  readonly query: number;
  /** `C` a finished command, `Z` ready, `E` an error, `D` a row, … */
  readonly type: string;
  /** The body's first string: of a `C` the command's tag. Of a `Z` it is the transaction status: I, T or E. */
  readonly text: string;
}

/** Asked for every message before it goes on, in order; a promise holds it, and all behind it, until it is settled. */
export interface ProxyHooks {
  readonly onMessage?: (message: Message) => Verdict | Promise<Verdict>;
  readonly onQuery?: QueryHook;
  readonly onAnswer?: AnswerHook;
}

export type QueryHook = (query: Query) => Verdict | Promise<Verdict>;
export type AnswerHook = (answer: Answer) => Verdict | Promise<Verdict>;

export interface WireProxy {
  /** The same database, by way of the proxy. */
  readonly url: string;
  /** Everything clients sent to be run, whether or not it went on. */
  readonly queries: readonly Query[];
  /** How many connections were made to run something, and how many to cancel it. */
  readonly connections: number;
  readonly cancels: number;
}

/** A TCP proxy in front of a server, for one test: it reads what passes by, and cuts where a hook says so. */
export async function withProxy(
  url: string,
  hooks: ProxyHooks,
  body: (proxy: WireProxy) => Promise<void>,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const record = { url: '', queries: [] as Query[], connections: 0, cancels: 0 };
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ host: hostname, port: Number(port), noDelay: true });
    for (const socket of [client, server]) sockets.add(socket.on('error', () => {}));
    relay(client, server, hooks, record, sockets.size / 2);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  record.url = through(url, (listener.address() as AddressInfo).port);
  try {
    await body(record);
  } finally {
    for (const socket of sockets) socket.destroy();
    listener.close();
  }
}

function through(url: string, port: number): string {
  const address = new URL(url);
  address.hostname = '127.0.0.1';
  address.port = String(port);
  return address.href;
}

/** What both directions of one connection know of each other. */
interface Link {
  messages: number;
  connection: number;
  queries: number;
  /** The server answers a request for encryption with one bare byte. */
  bareBytes: number;
  stalled: boolean;
}

type Record = { queries: Query[]; connections: number; cancels: number };
type Judge = (frame: Frame) => Verdict | Promise<Verdict>;

function relay(client: Socket, server: Socket, hooks: ProxyHooks, record: Record, socket: number): void {
  const link: Link = { messages: 0, connection: 0, queries: 0, bareBytes: 0, stalled: false };
  const fromClient: Judge = async ({ type, body }) => {
    if (type === 'startup') greet(link, body, record);
    const message = { socket, number: ++link.messages, type };
    const text = textOf(type, body);
    const query = text === undefined ? undefined : record.queries[record.queries.push(toQuery(link, text)) - 1];
    const verdict = (await hooks.onMessage?.(message)) ?? 'pass';
    return verdict === 'pass' && query !== undefined ? (hooks.onQuery?.(query) ?? 'pass') : verdict;
  };
  const fromServer: Judge = ({ type, body }) => {
    const text = body.toString('utf8').split('\0')[0] ?? '';
    return hooks.onAnswer?.({ connection: link.connection, query: link.queries, type, text }) ?? 'pass';
  };
  void pump(client, server, link, createFrames(clientSize), fromClient);
  void pump(
    server,
    client,
    link,
    createFrames((bytes) => serverSize(bytes, link)),
    fromServer,
  );
}

/** Of a simple query, or of one that is parsed to be given values: `name\0text\0types`. */
function textOf(type: string, body: Buffer): string | undefined {
  if (type === 'Q') return body.toString('utf8', 0, body.length - 1);
  return type === 'P' ? body.toString('utf8').split('\0')[1] : undefined;
}

function toQuery(link: Link, text: string): Query {
  return { connection: link.connection, number: ++link.queries, text };
}

const cancelCode = 80_877_102;
const requestCodes = [80_877_103, 80_877_104];

/** Before its first message a client asks for encryption, asks to cancel, or says who it is. */
function greet(link: Link, body: Buffer, record: Record): void {
  const code = body.readInt32BE(0);
  if (requestCodes.includes(code)) link.bareBytes++;
  else if (code === cancelCode) record.cancels++;
  else link.connection = ++record.connections;
}

async function pump(
  from: Socket,
  to: Socket,
  link: Link,
  frames: (chunk: Buffer) => Iterable<Frame>,
  judge: Judge,
): Promise<void> {
  try {
    for await (const chunk of from) {
      for (const frame of frames(chunk)) {
        const verdict = link.stalled ? 'stall' : await judge(frame);
        if (verdict === 'stall') link.stalled = true;
        else if (verdict === 'drop') to.destroy();
        // An end rather than a reset, so that what was sent is read before the loss is seen.
        else if (verdict === 'last') to.end(frame.bytes);
        else if (to.writable) to.write(frame.bytes);
        if (verdict === 'drop' || verdict === 'last') return void from.destroy();
      }
    }
    if (!link.stalled) to.end();
  } catch {
    // The one side has gone: so does the other.
    to.destroy();
  }
}

interface Frame {
  /** The type's letter, `startup`, or `bare` for a byte outside the protocol. */
  readonly type: string;
  readonly body: Buffer;
  readonly bytes: Buffer;
}

/** Where the next frame ends and its body begins; undefined while that can't be told yet. */
type Measure = (bytes: Buffer) => { type: string; at: number; end: number } | undefined;

/** Cuts a stream into messages, however it comes in chunks. */
function createFrames(measure: Measure): (chunk: Buffer) => Iterable<Frame> {
  let rest = Buffer.alloc(0);
  return function* (chunk) {
    rest = Buffer.concat([rest, chunk]);
    for (let next = measure(rest); next !== undefined && rest.length >= next.end; next = measure(rest)) {
      const { type, at, end } = next;
      const bytes = rest.subarray(0, end);
      rest = rest.subarray(end);
      yield { type, body: bytes.subarray(at), bytes };
    }
  };
}

/** A message without a type begins with the upper bytes of its length: zero. */
const clientSize: Measure = (bytes) => {
  if (bytes.length < 5) return undefined;
  if (bytes[0] === 0) return { type: 'startup', at: 4, end: bytes.readInt32BE(0) };
  return typed(bytes);
};

function serverSize(bytes: Buffer, link: Link): ReturnType<Measure> {
  if (link.bareBytes > 0 && bytes.length > 0) {
    link.bareBytes--;
    return { type: 'bare', at: 1, end: 1 };
  }
  return typed(bytes);
}

function typed(bytes: Buffer): ReturnType<Measure> {
  if (bytes.length < 5) return undefined;
  return { type: String.fromCharCode(bytes[0]!), at: 5, end: 1 + bytes.readInt32BE(1) };
}
