import { waitTogether, wordLock } from '../advice/words.ts';
import { blockingLocks } from '../facts/subjects.ts';
import { isIndirect } from '../facts/text.ts';
import type { MeasuredStatement } from '../measured.ts';
import { describeName } from '../object-name.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'explicit-lock',
  group: 'locks',
  place: 80,
  severity: 'warning',
  title: 'LOCK TABLE blocks others until the end of the transaction',
  why: 'The lock is held during everything that follows.',
  found: 'LOCK TABLE orders;',
  letBe: 'LOCK TABLE orders IN ROW SHARE MODE;',
  on: blockingLocks,
  judge: (lock, { statement }) => {
    const { relation } = lock;
    const message = `takes ${wordLock(lock)}`;
    if (statement.label.startsWith('LOCK'))
      return [
        {
          relation,
          message,
          advice:
            '-- it is held to the end of its transaction and of no use beyond: keep what needs it in the same revision, and nothing else',
        },
      ];
    const isTold = !isIndirect(statement) || busyIn(statement).has(relation);
    return isTold ? [] : [{ relation, message, advice: waitTogether(statement) }];
  },
});

/** What a statement does something to, so that its lock is told of with that. */
function busyIn({ changes, scans, rewrites, builds, rows, adviceFacts }: MeasuredStatement): ReadonlySet<string> {
  return new Set([
    ...changes.flatMap((change) => [
      change.relation ?? describeName(change),
      ...(change.constraint?.references === undefined ? [] : [change.constraint.references]),
    ]),
    ...[...scans, ...rewrites, ...builds.map(({ table }) => table), ...rows.map(({ relation }) => relation)],
    ...(adviceFacts?.references ?? []),
    ...(adviceFacts?.newPartitions ?? []).map(({ of }) => of),
    ...changes.flatMap(({ was, now }) => [was, now].flatMap((one) => one?.parent?.of ?? [])),
  ]);
}
