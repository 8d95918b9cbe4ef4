import type { ServerMessage } from './server-message.ts';
import { isRow, readServerMessage, readStrings, scanMessages } from './wire.ts';

/** What passes by on the wire and the driver does not tell: transaction status, finished commands, why the server hung up. */
export interface Tap {
  readonly parameters: ReadonlyMap<string, string>;
  readonly pid: number;
  readonly secret: Buffer;
  /** True from a ReadyForQuery until the next `begin()`. */
  readonly ready: boolean;
  readonly authenticated: boolean;
  readonly completed: readonly string[];
  /** The last ErrorResponse since `begin()`. */
  readonly error: ServerMessage | undefined;
  readonly fatal: ServerMessage | undefined;
  /** True when what came cannot be PostgreSQL's protocol. */
  readonly garbled: boolean;
  /** A new message goes out; `dropsRows` keeps rows and tags from whoever reads behind the tap. */
  begin(dropsRows?: boolean): void;
  read(chunk: Buffer): void;
}

export interface TapEvents {
  readonly onReady: () => void;
  readonly onNotice: (notice: ServerMessage) => void;
  readonly onHopeless: () => void;
  /** What is handed on, as it came. */
  readonly onPass?: (piece: Buffer) => void;
}

/** Messages worth reading; before the login is done no others may come, and none of them is long. */
const kept = 'RSKZCEN';
const beforeLogin = 'RSKZENv';
const longestBeforeLogin = 100_000;

/** What a server may send. Before 1 GB a length is none: the server itself can't make a longer message. */
const fromServer = '123ACDEGHIKNRSTVWZcdnstv';
const longest = 0x40000000;

/** OK, password in clear, MD5, and the three messages of SCRAM. For any other the driver would wait for ever. */
const knownMethods = [0, 3, 5, 10, 11, 12];

export function createTap(events: TapEvents): Tap {
  const parameters = new Map<string, string>();
  let dropsRows = false;
  let tag = '';
  const tap = {
    parameters,
    pid: 0,
    secret: Buffer.alloc(0),
    ready: false,
    authenticated: false,
    completed: [] as string[],
    error: undefined as ServerMessage | undefined,
    fatal: undefined as ServerMessage | undefined,
    garbled: false,
    begin: (drops = false) => {
      dropsRows = drops;
      tap.ready = false;
      tap.completed = [];
      tap.error = undefined;
    },
    read: scanMessages({
      wants,
      take,
      // An answer to the login is handed on when it was read: the driver takes whatever it holds for what it expects.
      passes: (type): boolean => !tap.garbled && type !== 'R' && !(dropsRows && (isRow(type) || type === 'C')),
      pass: events.onPass,
    }),
  };
  return tap;

  function wants(type: string, length: number): boolean {
    const [types, most] = tap.authenticated ? [fromServer, longest] : [beforeLogin, longestBeforeLogin];
    if (!types.includes(type) || length < 0 || length > most) garble();
    return !tap.garbled && kept.includes(type);
  }

  function take(type: string, body: Buffer): void {
    if (type === 'C') complete(readStrings(body)[0]!);
    else if (type === 'Z') becomeReady();
    else if (type === 'N') events.onNotice(readServerMessage(body));
    else if (type === 'E') fail(readServerMessage(body));
    else if (type === 'S') setParameter(readStrings(body));
    else if (type === 'R') authenticate(body);
    else if (type === 'K' && body.length < 5) garble();
    else if (type === 'K') {
      tap.pid = body.readUInt32BE(0);
      tap.secret = Buffer.from(body.subarray(4));
    }
  }

  /** A file of a hundred thousand inserts has as many equal tags: one string does for them. */
  function complete(next: string): void {
    if (next !== tag) tag = next;
    tap.completed.push(tag);
  }

  function becomeReady(): void {
    tap.ready = true;
    events.onReady();
  }

  function fail(error: ServerMessage): void {
    tap.error = error;
    // 08P01: how PgBouncer tells, as a plain ERROR, that its connection to the server broke in the middle of what we sent.
    if (error.severity === 'FATAL' || error.severity === 'PANIC' || error.code === '08P01') tap.fatal = error;
  }

  function garble(): void {
    tap.garbled = true;
    events.onHopeless();
  }

  function authenticate(body: Buffer): void {
    const method = body.length < 4 ? -1 : body.readUInt32BE(0);
    if (method === -1 || (method === 11 && !isChallenge(body))) {
      garble();
      return;
    }
    tap.authenticated = method === 0;
    if (knownMethods.includes(method)) {
      events.onPass?.(frame('R', body));
      return;
    }
    fail({
      severity: 'FATAL',
      code: '0A000',
      message: 'the server wants a login method that is not supported (GSSAPI, SSPI)',
    });
    events.onHopeless();
  }

  function setParameter([name, value]: string[]): void {
    parameters.set(name!, value!);
  }
}

/** SCRAM's salt and number of rounds, as the driver counts on them; more rounds than that would be an attack on us. */
function isChallenge(body: Buffer): boolean {
  const rounds = Number(/^r=[^,]+,s=[A-Za-z0-9+/]+=*,i=(\d+)/.exec(body.toString('utf8', 4))?.[1] ?? 0);
  return rounds > 0 && rounds <= 10_000_000;
}

function frame(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5, type);
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}
