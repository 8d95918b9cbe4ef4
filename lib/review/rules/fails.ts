import { failures } from '../facts/subjects.ts';
import type { Failure } from '../measured.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'fails',
  group: 'compatibility',
  place: 190,
  severity: 'error',
  title: 'A statement fails on scratch',
  why: 'What fails on a schema created from the same files will most likely fail in production; what follows it was not measured.',
  found: 'ALTER TABLE nowhere ADD COLUMN a integer;',
  letBe: 'ALTER TABLE orders ADD COLUMN a integer;',
  // What is behind a statement that fails was not measured.
  unallowable: true,
  on: failures,
  judge: (failure) => {
    const { code, message, cause } = failure;
    // Those have rules of their own.
    if (code === '55P04' || cause === 'missing') return [];
    return [{ message: `${message} (${code})`, advice: adviseFailed(failure) }];
  },
});

function adviseFailed({ cause }: Failure): string {
  if (cause === 'limit')
    return '-- a loop that waits for rows never ends on empty scratch: give it an end of its own, or rows in a file that\n-- "scratch": { "setup": "<file>" } of updown.json names; what only takes long: --statement-timeout <time>';
  if (cause === 'server')
    return '-- it belongs to others on the scratch server: name one that has nothing of theirs, --scratch postgres://…';
  return '-- correct it; if it needs what scratch lacks (an extension, a language, a role, rows), name a server: --scratch postgres://…,\n-- or make it in a file that "scratch": { "setup": "<file>" } of updown.json names';
}
