import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServerMessage } from '../../lib/database/server-message.ts';
import { createTap, type Tap } from '../../lib/database/tap.ts';
import { readServerMessage, scanMessages } from '../../lib/database/wire.ts';

function message(type: string, body: Buffer | string): Buffer {
  const head = Buffer.from(`${type}\0\0\0\0`);
  head.writeUInt32BE(Buffer.byteLength(body) + 4, 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

const login = [
  message('R', Buffer.alloc(4)),
  message('S', 'server_version\x0015.1\0'),
  message('K', Buffer.from([0, 0, 1, 2, 3, 4, 5, 6])),
];
const answer = [
  message('T', '\0\0'),
  ...Array.from({ length: 50 }, (_, at) => message('D', 'x'.repeat(at * 7))),
  message('C', 'SELECT 50\0'),
  message('n', ''),
  message('N', 'SNOTICE\0VNOTICE\0C00000\0Mhé\0\0'),
  message('E', 'SFEHLER\0VERROR\0C22012\0Mdivision\0P17\0Dd\0\0'),
];

function tapOf(chunks: readonly Buffer[]): { tap: Tap; notices: ServerMessage[]; ready: number } {
  const seen = { notices: [] as ServerMessage[], ready: 0 };
  const tap = createTap({
    onReady: () => {
      seen.ready++;
    },
    onNotice: (notice) => seen.notices.push(notice),
    onHopeless: () => {},
  });
  for (const chunk of chunks) tap.read(chunk);
  return { tap, ...seen };
}

function cut(whole: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, at) => whole.subarray(at * size, (at + 1) * size));
}

test('the tap sees the same however the stream is cut', () => {
  const whole = Buffer.concat([...login, message('Z', 'I'), ...answer, message('Z', 'E')]);
  for (const size of [1, 2, 3, 4, 5, 6, 7, 11, 64, 1000, whole.length]) {
    const { tap, notices, ready } = tapOf(cut(whole, size));
    assert.is(ready, 2, `chunks of ${size}`);
    assert.equal(tap.completed, ['SELECT 50']);
    assert.equal(notices, [{ severity: 'NOTICE', code: '00000', message: 'hé' }]);
    assert.equal(tap.error, { severity: 'ERROR', code: '22012', message: 'division', position: 17, detail: 'd' });
    assert.is(tap.fatal, undefined);
    assert.is(tap.pid, 258);
    assert.equal([...tap.secret], [3, 4, 5, 6]);
    assert.is(tap.parameters.get('server_version'), '15.1');
    assert.is(tap.garbled, false);
  }
});

test("a new message forgets the last one's error and tags, never the fatal reason", () => {
  const { tap } = tapOf([...login, message('C', 'BEGIN\0'), message('E', 'VFATAL\0C57P01\0Mgone\0\0')]);
  tap.begin();
  assert.is(tap.error, undefined);
  assert.equal(tap.completed, []);
  assert.is(tap.fatal?.code, '57P01');
});

test('F10: a pooler that lost its server says so as a plain error; the outcome is as unknown as after any lost connection', () => {
  const { tap } = tapOf([...login, message('E', 'SERROR\0C08P01\0Mserver conn crashed?\0\0'), message('Z', 'I')]);
  assert.is(tap.fatal?.message, 'server conn crashed?');
});

test('what is not PostgreSQL is seen at its first bytes', () => {
  for (const text of ['HTTP/1.1 400 Bad Request\r\n', 'SSH-2.0-OpenSSH_9.2\r\n', '220 mail ESMTP\r\n']) {
    assert.is(tapOf([Buffer.from(text)]).tap.garbled, true, text);
  }
});

test('bodies nobody wants are skipped, not kept', () => {
  const kept: string[] = [];
  const scan = scanMessages({
    wants: (type) => type === 'C',
    take: (type, body) => kept.push(`${type}${body}`),
  });
  scan(Buffer.concat([message('D', Buffer.alloc(100_000)), message('C', ''), message('C', 'x')]));
  assert.equal(kept, ['C', 'Cx']);
});

test('what is handed on is whole messages, byte for byte, however the stream is cut', () => {
  const row = (size: number) => message('D', Buffer.alloc(size, 'x'));
  const messages = [row(3), message('Z', 'I'), row(0), row(70), message('E', 'VERROR\0\0'), message('n', ''), row(1)];
  const whole = Buffer.concat([...messages, message('Z', 'T')]);
  const without = Buffer.concat([message('Z', 'I'), message('E', 'VERROR\0\0'), message('n', ''), message('Z', 'T')]);
  for (const [passes, expected] of [
    [() => true, whole],
    [(type: string) => type !== 'D', without],
    [(type: string) => type === 'D', Buffer.concat([row(3), row(0), row(70), row(1)])],
    [() => false, Buffer.alloc(0)],
  ] as const) {
    for (let size = 1; size <= whole.length; size++) {
      const passed: Buffer[] = [];
      const scan = scanMessages({ wants: () => false, take: () => {}, passes, pass: (piece) => passed.push(piece) });
      for (const chunk of cut(whole, size)) scan(chunk);
      assert.equal(Buffer.concat(passed), expected, `chunks of ${size}`);
    }
  }
});

test('a message without fields still reads', () => {
  assert.equal(readServerMessage(Buffer.from('\0')), { severity: 'ERROR', code: '', message: '' });
});

test.run();
