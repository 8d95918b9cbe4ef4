import { toMilliseconds } from '../../sql/duration.ts';
import { wordLock } from '../advice/words.ts';
import { blockingLocks, together } from '../facts/subjects.ts';
import { isIndirect } from '../facts/text.ts';
import type { MeasuredStatement, MeasuredStep } from '../measured.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'lock-timeout-off',
  group: 'locks',
  place: 90,
  severity: 'error',
  title: 'The wait for a strong lock has no limit, or one of more than ten seconds',
  why: 'While the statement waits for one long query, every other query queues after it: with a lock_timeout of an hour, for an hour. A run that gives up after a few seconds lets them continue and tries again.',
  found: '-- updown: lock-timeout=0\nALTER TABLE orders ADD COLUMN source text;',
  letBe: 'ALTER TABLE orders ADD COLUMN source text;',
  on: together(blockingLocks),
  judge: ([lock], { statement, step }) => {
    const timeout = timeoutOf(statement, step);
    if (!isLong(timeout) || isConcurrent(statement)) return [];
    return [
      {
        relation: lock.relation,
        message: `waits for ${wordLock(lock)} ${isOff(timeout) ? 'for as long as it takes' : `for up to ${timeout}`}`,
        advice: isLong(step.lockTimeout)
          ? `-- at the head of the file; ${afterTimeout(step)}:\n-- updown: lock-timeout=2s`
          : `-- lock_timeout is set to ${timeout} in the file: without that it is ${step.lockTimeout},\n-- and ${afterTimeout(step)}`,
      },
    ];
  },
});

/** In force while it waits: as the statements before it left it; a block may set it for what follows inside. */
function timeoutOf(statement: MeasuredStatement, { statements, lockTimeout }: MeasuredStep): string {
  const last = statements.findLast(({ number }) => number < statement.number);
  const found = last?.adviceFacts?.lockTimeout ?? lockTimeout;
  const own = isIndirect(statement) ? (statement.adviceFacts?.lockTimeout ?? lockTimeout) : lockTimeout;
  return !isLong(found) && own !== lockTimeout ? own : found;
}

/** A timeout leaves behind what it began, and it is the last, short lock of several for which it waits. */
function isConcurrent({ label }: MeasuredStatement): boolean {
  return label.endsWith('CONCURRENTLY');
}

function afterTimeout({ transactional }: MeasuredStep): string {
  return transactional ? 'a run tries again by itself' : 'the next run goes on at the statement that broke off';
}

/** strong_migrations warns from there on, too: what waits longer is an outage that users see. */
const longest = 10_000;

function isLong(timeout: string): boolean {
  return isOff(timeout) || (waitOf(timeout) ?? 0) > longest;
}

function isOff(timeout: string): boolean {
  return waitOf(timeout) === 0;
}

/** As pins and the server write it: a number alone counts milliseconds. */
function waitOf(timeout: string): number | undefined {
  const text = timeout.replaceAll(' ', '');
  return toMilliseconds(/^\d+$/.test(text) ? `${Number(text)}ms` : text);
}
