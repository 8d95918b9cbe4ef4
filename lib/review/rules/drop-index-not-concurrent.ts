import { inOwnRevision, waitShortly, wordLock } from '../advice/words.ts';
import { changesOf, isReplaced } from '../facts/changes.ts';
import { everyStatement } from '../facts/subjects.ts';
import { isIndirect } from '../facts/text.ts';
import type { MeasuredStatement } from '../measured.ts';
import { nameIn } from '../ways/builds.ts';
import { defineRule, type Hit, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'drop-index-not-concurrent',
  group: 'indexes',
  place: 30,
  severity: 'warning',
  title: 'An index is dropped under ACCESS EXCLUSIVE',
  why: 'DROP INDEX is short, but it waits for every query on the table, and everybody else waits behind it.',
  given: { sql: 'CREATE INDEX orders_customer ON orders (customer_id);' },
  found: 'DROP INDEX orders_customer;',
  letBe: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY orders_customer;',
  on: everyStatement,
  judge: (statement) => {
    const parts = new Set(statement.adviceFacts?.children.map(({ relation }) => relation));
    const withTable = new Set(
      changesOf(statement, 'dropped').flatMap(({ type, relation }) => (type === 'column' ? [relation] : [])),
    );
    return (
      changesOf(statement, 'dropped', 'index')
        // What is made anew under its name tells of both.
        .filter(
          ({ cascaded, relation, object }) =>
            cascaded === undefined && !withTable.has(relation) && !isReplaced(statement, object),
        )
        .flatMap(({ object, relation }): readonly Hit[] => {
          const lock = statement.locks.find((one) => one.relation === relation && one.mode === 'ACCESS EXCLUSIVE');
          if (lock === undefined || (isIndirect(statement) && parts.has(lock.relation))) return [];
          const message = `takes ${wordLock(lock)}`;
          // CONCURRENTLY is refused for the index of a partitioned table.
          const isRefused = lock.kind === 'partitioned table' || takesAlong(statement);
          if (isRefused) return [{ relation: lock.relation, message, advice: waitShortly }];
          return [
            { relation: lock.relation, message, advice: inOwnRevision(`DROP INDEX CONCURRENTLY ${nameIn(object)};`) },
          ];
        })
    );
  },
});

/** CONCURRENTLY knows no CASCADE. */
function takesAlong(statement: MeasuredStatement): boolean {
  return changesOf(statement, 'dropped').some(({ cascaded, type }) => cascaded === true && type !== 'index');
}
