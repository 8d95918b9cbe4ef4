import type { BoundLogin } from './channel-binding.ts';
import type { ServerMessage } from './server-message.ts';
import { isRow, readChallenge, readServerMessage, readStrings, scanMessages } from './wire.ts';

/** What passes by on the wire and the driver does not tell: transaction status, finished commands, why the server hung up. */
export interface Tap {
  readonly parameters: ReadonlyMap<string, string>;
  readonly pid: number;
  readonly secret: Buffer;
  /** True from a ReadyForQuery until the next `begin()`. */
  readonly ready: boolean;
  /** As the last ReadyForQuery had it: whether a transaction is open, failed or not. */
  readonly inTransaction: boolean;
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
  /** Answers the requests of the login, of which the driver hears only the end. */
  readonly bound?: { readonly login: BoundLogin; readonly send: (message: Buffer) => void } | undefined;
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
  return new WireTap(events);
}

class WireTap implements Tap {
  readonly parameters = new Map<string, string>();
  pid = 0;
  secret: Buffer = Buffer.alloc(0);
  ready = false;
  inTransaction = false;
  authenticated = false;
  completed: string[] = [];
  error: ServerMessage | undefined;
  fatal: ServerMessage | undefined;
  garbled = false;
  readonly read: (chunk: Buffer) => void;
  private readonly events: TapEvents;
  private dropsRows = false;
  /** What still comes after the login was given up is neither read nor passed on. */
  private over = false;
  private tag = '';

  constructor(events: TapEvents) {
    this.events = events;
    this.read = scanMessages({
      wants: (type, length) => this.wants(type, length),
      take: (type, body) => this.takers[type]?.(body),
      passes: (type) => this.passes(type),
      pass: events.onPass,
    });
  }

  begin(drops = false): void {
    this.dropsRows = drops;
    this.ready = false;
    this.completed = [];
    this.error = undefined;
  }

  private wants(type: string, length: number): boolean {
    const [types, most] = this.authenticated ? [fromServer, longest] : [beforeLogin, longestBeforeLogin];
    if (!types.includes(type) || length < 0 || length > most) this.garble();
    return !this.over && kept.includes(type);
  }

  /** An answer to the login is handed on when it was read: the driver takes whatever it holds for what it expects. */
  private passes(type: string): boolean {
    if (this.over || type === 'R') return false;
    return !this.dropsRows || !(isRow(type) || type === 'C');
  }

  /** By the type of what is kept. */
  private readonly takers: Readonly<Record<string, (body: Buffer) => void>> = {
    C: (body) => this.complete(readStrings(body)[0] ?? ''),
    Z: (body) => this.becomeReady(body.toString('latin1')),
    N: (body) => this.events.onNotice(readServerMessage(body)),
    E: (body) => this.fail(readServerMessage(body)),
    S: (body) => this.setParameter(readStrings(body)),
    R: (body) => this.authenticate(body),
    K: (body) => this.setKey(body),
  };

  /** A file of a hundred thousand inserts has as many equal tags: one string does for them. */
  private complete(next: string): void {
    if (next !== this.tag) this.tag = next;
    this.completed.push(this.tag);
  }

  private becomeReady(status: string): void {
    this.ready = true;
    this.inTransaction = status !== 'I';
    this.events.onReady();
  }

  private fail(error: ServerMessage): void {
    this.error = error;
    // 08P01: how PgBouncer tells, as a plain ERROR, that its connection to the server broke in the middle of what we sent.
    if (error.severity === 'FATAL' || error.severity === 'PANIC' || error.code === '08P01') this.fatal = error;
  }

  private garble(): void {
    this.garbled = true;
    this.over = true;
    this.events.onHopeless();
  }

  private authenticate(body: Buffer): void {
    const method = body.length < 4 ? -1 : body.readUInt32BE(0);
    if (method === -1 || (method === 11 && readChallenge(body.subarray(4)) === undefined)) {
      this.garble();
      return;
    }
    if (this.events.bound !== undefined && !this.goOn(this.events.bound, method, body.subarray(4))) return;
    this.authenticated = method === 0;
    if (knownMethods.includes(method)) {
      this.events.onPass?.(frame('R', body));
      return;
    }
    this.giveUp('the server wants a login method that is not supported (GSSAPI, SSPI)');
  }

  /** Whether the login is done. */
  private goOn({ login, send }: NonNullable<TapEvents['bound']>, method: number, body: Buffer): boolean {
    const step = login.answer(method, body);
    if (step.kind === 'reply') send(frame('p', step.message));
    if (step.kind === 'refused') this.giveUp(step.why);
    return step.kind === 'done';
  }

  private giveUp(message: string): void {
    this.fail({ severity: 'FATAL', code: '0A000', message });
    this.over = true;
    this.events.onHopeless();
  }

  private setParameter([name, value]: string[]): void {
    if (name !== undefined && value !== undefined) this.parameters.set(name, value);
  }

  private setKey(body: Buffer): void {
    if (body.length < 5) {
      this.garble();
      return;
    }
    this.pid = body.readUInt32BE(0);
    this.secret = Buffer.from(body.subarray(4));
  }
}

function frame(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5, type);
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}
