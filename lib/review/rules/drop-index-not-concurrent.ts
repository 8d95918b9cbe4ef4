import { waitShortly, wordLock } from '../advice/words.ts';
import { changesOf, isReplaced } from '../facts/changes.ts';
import { changes, withoutCascaded } from '../facts/subjects.ts';
import { isIndirect } from '../facts/text.ts';
import type { MeasuredStatement } from '../measured.ts';
import { dropIndexConcurrently } from '../ways/actions.ts';
import { nameIn } from '../ways/builds.ts';
import { outsideTransaction } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'drop-index-not-concurrent',
  group: 'indexes',
  place: 30,
  severity: 'warning',
  title: 'An index is dropped under ACCESS EXCLUSIVE',
  why: 'DROP INDEX is short, but it waits for every query on the table, and all others queue after it.',
  given: { sql: 'CREATE INDEX orders_customer ON orders (customer_id);' },
  found: 'DROP INDEX orders_customer;',
  letBe: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY orders_customer;',
  on: withoutCascaded(changes('dropped', 'index')),
  judge: ({ object, relation }, { statement }) => {
    const isWithColumn = changesOf(statement, 'dropped', 'column').some((column) => column.relation === relation);
    // What is made anew under its name tells of both.
    if (isWithColumn || isReplaced(statement, object)) return [];
    const lock = statement.locks.find((one) => one.relation === relation && one.mode === 'ACCESS EXCLUSIVE');
    if (lock === undefined || (isIndirect(statement) && isChild(statement, lock.relation))) return [];
    // CONCURRENTLY is refused for the index of a partitioned table.
    const isRefused = lock.kind === 'partitioned table' || takesAlong(statement);
    return [
      {
        relation: lock.relation,
        message: `takes ${wordLock(lock)}`,
        advice: isRefused ? waitShortly : [outsideTransaction(dropIndexConcurrently(nameIn(object)))],
      },
    ];
  },
});

function isChild({ adviceFacts }: MeasuredStatement, table: string): boolean {
  return adviceFacts?.children.some(({ relation }) => relation === table) ?? false;
}

/** CONCURRENTLY knows no CASCADE. */
function takesAlong(statement: MeasuredStatement): boolean {
  return changesOf(statement, 'dropped').some(({ cascaded, type }) => cascaded === true && type !== 'index');
}
