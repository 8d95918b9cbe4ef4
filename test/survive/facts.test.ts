import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** The failure modes F1-F42, and the files whose tests name them (grep for `F16`). */
const facts: Readonly<Record<string, string>> = {
  // Crash, connection, commit
  F1: 'survive/every-psql-point survive/crash run/fault chaos/chaos',
  F2: 'survive/every-point survive/crash run/fault',
  F3: 'survive/every-point database/session run/fault chaos/found',
  F4: 'survive/crash database/session run/fault',
  F5: 'database/session survive/library survive/crash run/fault',
  F6: 'survive/crash run/fault',
  F7: 'survive/crash run/fault',
  F8: 'survive/crash database/session',
  F9: 'survive/silence database/session',
  F10: 'database/connection run/fault chaos/found',
  F11: 'survive/crash run/fault',
  F12: 'survive/crash',
  F13: 'survive/crash run/fault',
  F14: 'survive/crash run/fault',
  F15: 'survive/crash database/session run/fault',
  // Concurrency and locks
  F16: 'survive/contention chaos/found',
  F17: 'survive/contention',
  F18: 'survive/contention survive/place run/fault run/script',
  F19: 'survive/contention survive/library run/fault run/script chaos/found',
  F20: 'sql/gate cli/files cli/transaction',
  F21: 'cli/transaction survive/resume run/script',
  F22: 'survive/contention',
  F23: 'survive/contention',
  F24: 'survive/resume cli/failure chaos/found',
  F25: 'chaos/pooler survive/psql-pooler',
  F26: 'chaos/pooler',
  F27: 'survive/contention',
  F28: 'survive/contention',
  F29: 'survive/session survive/library',
  // Session state
  F30: 'survive/session cli/transaction',
  F31: 'survive/session cli/transaction',
  F32: 'survive/session cli/transaction',
  F33: 'survive/session cli/transaction',
  F34: 'survive/session cli/rights',
  F35: 'survive/session cli/rights chaos/found',
  // Target and ledger identity
  F36: 'survive/place cli/standby run/script database/hosts',
  F37: 'survive/place cli/rights',
  F38: 'survive/place cli/ledger run/script',
  F39: 'survive/place cli/ledger',
  F40: 'survive/place cli/ledger',
  F41: 'survive/restore survive/place',
  F42: 'survive/place survive/resume chaos/found',
};

/** What of them no test here can bring about, and why. */
const untested: Readonly<Record<string, string>> = {
  F9: 'That the kernel gives up a silent line takes a network that drops packets; tested are the timers it was given.',
  F12: 'A full WAL volume makes the server PANIC: to a client that is the immediate restart of F7.',
  F41: 'A schema older than its ledger shows in nothing but itself; tested is the way out.',
};

test('each of F1 to F42 is named by the title of a test, in each of these files', async () => {
  assert.equal(
    Object.keys(facts),
    Array.from({ length: 42 }, (_, index) => `F${index + 1}`),
  );
  for (const [fact, files] of Object.entries(facts)) {
    for (const file of files.split(' ')) {
      const named = await readFacts(file);
      assert.ok(named.has(fact), `no title in ${file}.test.ts begins with ${fact}`);
    }
  }
});

test('what is left out is part of a fact that has a test', () => {
  for (const [fact, reason] of Object.entries(untested)) assert.ok(facts[fact] !== undefined && reason !== '', fact);
});

/** `F18, F19:` names two, `F1-F24:` all between. */
async function readFacts(file: string): Promise<ReadonlySet<string>> {
  const text = await readFile(fileURLToPath(new URL(`../${file}.test.ts`, import.meta.url)), 'utf8');
  const titles = Array.from(text.matchAll(/['"`]((?:F\d+(?:-F\d+)?(?:, )?)+): /g), ([, title]) => title!);
  return new Set(titles.flatMap((title) => title.split(', ')).flatMap(span));
}

function span(part: string): readonly string[] {
  const [from = 0, to = from] = part.replaceAll('F', '').split('-').map(Number);
  return Array.from({ length: to - from + 1 }, (_, index) => `F${from + index}`);
}

test.run();
