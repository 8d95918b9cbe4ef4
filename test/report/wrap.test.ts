import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { showEvents } from '../../lib/cli/event-lines.ts';
import { printError } from '../../lib/cli/report.ts';
import { viewOf } from '../../lib/cli/view.ts';
import type { Peer } from '../../lib/database/activity.ts';
import { type ErrorDetails, UpdownError } from '../../lib/errors.ts';
import type { Event } from '../../lib/index.ts';
import { displayWidth } from '../../lib/words.ts';

const width = 80;
const print = (message: string, details: ErrorDetails, stream: { isTTY?: boolean; columns?: number }): string =>
  printError(new UpdownError('usage', message, details), viewOf(stream, {}, true));
const linesAt = (columns: number, message: string, details: ErrorDetails = {}): readonly string[] =>
  print(message, details, { isTTY: true, columns }).trimEnd().split('\n');

const prose =
  'Look at what the database holds by now, compare it with what the revision makes, and go on from the statement that it stopped at.';
const path = `migrations/${'a_long_name_'.repeat(8)}/up.sql`;
const url = `https://example.org/${'path/'.repeat(20)}`;
const command = `updown stamp --only ${Array.from({ length: 12 }, (_, n) => `20250101_00${n + 10}`).join(' ')}`;
const short = 'updown stamp --only 20250101_0001 20250101_0002 20250101_0003';

/** What is printed, and what must be found whole in one line. */
const shapes: Readonly<Record<string, { text: string; whole?: readonly string[] }>> = {
  'a long sentence': { text: prose },
  'a long path': {
    text: `The file ${path} can't be read, since somebody else has taken it away by now`,
    whole: [path],
  },
  'a url that is longer than a line': { text: `See ${url} for what that is, and how it is mended.`, whole: [url] },
  'wide characters': { text: `Die Tabelle ${'表の名前 と 列の名前 '.repeat(9)}ist nicht da` },
  'joined and combined characters': { text: `${'e\u0301t\u00e9 👩‍👩‍👧 🇩🇪 '.repeat(12)}` },
  'a command in backticks': { text: `${prose} Then write \`${short}\`, and run it again.`, whole: [`\`${short}\``] },
  'a command behind a colon': { text: `If the schema holds what these make, too: ${short}`, whole: [short] },
  'a command, and more behind it': { text: `Record all of it: ${short}; ${prose}`, whole: [short] },
  'a command that is longer than a line': { text: `${prose} Record all of it: ${command}`, whole: [command] },
  'one in backticks that is longer than a line': {
    text: `${prose} Write \`${command}\` then.`,
    whole: [`\`${command}\``],
  },
  'a directive in quotes': {
    text: 'The server takes no more than one of them in a transaction: put "-- updown: no-transaction" at the head.',
    whole: ['"-- updown: no-transaction"'],
  },
  'a name with blanks': {
    text: `A role with such a name is not known there, so that nothing was granted: "a name  with blanks"`,
    whole: ['"a name  with blanks"'],
  },
  'a literal with blanks': {
    text: `Somebody prepared a transaction that holds the lock: ROLLBACK PREPARED 'one of  two'; then run it again.`,
    whole: ["'one of  two'"],
  },
  'apostrophes that are no quotes': {
    text: `It can't be read, and isn't there, and can't be, either. ${prose} It's gone.`,
  },
  'a quote that is longer than a line': {
    text: `in: SQL statement "SELECT ${'one_column, '.repeat(12)}another FROM t"`,
  },
};
for (const [what, { text, whole = [] }] of Object.entries(shapes)) {
  test(`an error on a terminal is broken between words: ${what}`, () => {
    for (const columns of [width, 60, 120]) {
      for (const [place, lines] of [
        ['message', linesAt(columns, text)],
        ['hint', linesAt(columns, 'x', { hint: text })],
        ['note', linesAt(columns, 'x', { notes: [text] })],
      ] as const) {
        const shown = `${place} at ${columns}:\n${lines.join('\n')}`;
        for (const one of whole)
          assert.ok(
            lines.some((line) => line.includes(one)),
            shown,
          );
        for (const line of lines) {
          const words = line.trim();
          if (displayWidth(line) > columns)
            assert.ok(
              whole.some((one) => words.replace(/[.,;]$/, '') === one),
              shown,
            );
          assert.is(line, line.trimEnd(), shown);
        }
        const joined = lines.map((line) => line.trim()).join(' ');
        assert.ok(joined.includes(text.trim()), shown);
        assert.ok(columns > width || lines.length > (place === 'message' ? 1 : 2), shown);
      }
    }
  });
  test(`and elsewhere not at all: ${what}`, () => {
    assert.is(
      print(text, { hint: text }, { columns: width }),
      `error (usage): ${text.trim()}\n  next: ${text.trim()}\n`,
    );
  });
}

/** Everything else that a run writes to a terminal behind a head; what of it holds the text; and what the first line begins with. */
const events: Readonly<Record<string, (text: string) => Event>> = {
  '  notice:': (message) => ({ kind: 'notice', severity: 'NOTICE', message, code: '00000' }),
  '  warning:': (message) => ({ kind: 'notice', severity: 'WARNING', message, code: '01000' }),
  'warning:': (message) => ({ kind: 'warning', message }),
  '  waiting:': (reason) => ({ kind: 'waiting', reason, attempt: 3, leftMilliseconds: 12_000 }),
  '    in the way:': (words) => ({
    kind: 'waiting',
    reason: 'x',
    attempt: 3,
    leftMilliseconds: 12_000,
    holder: peer(words),
  }),
  '  blocked by': (words) => ({ kind: 'blocked', ...peer(words) }),
  '    it runs:': (query) => ({ kind: 'blocked', ...peer('pid 7', query) }),
  '  index build:': (words) => ({
    ...{ kind: 'building', pid: 7, words, command: 'CREATE INDEX' },
    ...{ phase: undefined, percent: undefined, rows: undefined },
  }),
  measuring: (text) => ({ kind: 'measuring', scratch: text }),
  'only read': (text) => ({ kind: 'measuring', scratch: 'x', database: text }),
};

function peer(who: string, query = ''): Peer {
  const known = { application: undefined, user: undefined, address: undefined, state: 'active', since: undefined };
  return { pid: 7, ...known, who, doing: 'active for 00:00:07', query, words: who };
}

function linesOfEvent(event: Event, columns: number, isTTY: boolean): readonly string[] {
  const pieces: string[] = [];
  const stream = { isTTY, columns, write: (piece: string) => pieces.push(piece) };
  const { emit, end } = showEvents(stream, viewOf(stream, {}, true), false);
  emit(event);
  end();
  return pieces.join('').trimEnd().split('\n');
}

for (const [head, event] of Object.entries(events)) {
  // In a log a build takes a line now and then, on a terminal none of its own.
  const isOnTerminal = head !== '  index build:';
  test(`on a terminal what a run tells is broken between words, elsewhere not at all: ${head.trim()}`, () => {
    for (const [what, { text, whole = [] }] of Object.entries(shapes)) {
      const trimmed = text.trim();
      for (const columns of isOnTerminal ? [width, 60, 120] : []) {
        const lines = linesOfEvent(event(trimmed), columns, true);
        const shown = `${what} at ${columns}:\n${lines.join('\n')}`;
        assert.ok(
          lines.some((line) => line.startsWith(head)),
          shown,
        );
        for (const one of whole)
          assert.ok(
            lines.some((line) => line.includes(one)),
            shown,
          );
        for (const line of lines)
          assert.ok(
            displayWidth(line) <= columns || whole.some((one) => displayWidth(one) > columns - 8 && line.includes(one)),
            shown,
          );
        assert.ok(
          lines
            .map((line) => line.trim())
            .join(' ')
            .includes(trimmed),
          shown,
        );
      }
      assert.ok(
        linesOfEvent(event(trimmed), width, false).some((line) => line.startsWith(head) && line.includes(trimmed)),
        what,
      );
    }
  });
}

test('a secret in what a run tells is masked before it is broken into lines', () => {
  for (const event of Object.values(events)) {
    const text = `${'word '.repeat(12)}postgres://app:hunter2@db.example/app?password=hunter2&x=1 ${'word '.repeat(12)}`;
    for (const columns of [40, 60, 80])
      assert.not.match(linesOfEvent(event(text), columns, true).join('\n'), 'hunter2');
  }
});

test('what fits is one line, as it is', () => {
  assert.equal(linesAt(width, 'two  blanks', { hint: 'Run it  again.' }), [
    'error (usage): two  blanks',
    '  next: Run it  again.',
  ]);
});

test.run();
