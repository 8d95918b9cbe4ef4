import { withConcurrently } from '../../sql/edit.ts';
import { everyStatement } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { reindexConcurrently } from '../ways/actions.ts';
import { outsideTransaction } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'reindex-not-concurrent',
  group: 'indexes',
  place: 40,
  severity: 'error',
  title: 'An index is rebuilt while writes wait',
  why: 'REINDEX blocks writes to the table, and every query that would use the index, until it is built.',
  found: 'REINDEX TABLE orders;',
  letBe: '-- updown: no-transaction\nREINDEX TABLE CONCURRENTLY orders;',
  on: everyStatement,
  judge: (statement) => {
    const { label, text, locks } = statement;
    const rebuilt = rebuiltAlone(statement);
    const [first] = rebuilt;
    if (first === undefined || label.endsWith('CONCURRENTLY')) return [];
    const advice = label.startsWith('REINDEX') ? [`${withConcurrently(text)};`] : rebuilt.map(reindexConcurrently);
    const table = locks.find(({ relation }) => relation === first)?.table;
    return [
      {
        relation: table ?? first,
        tells: { read: table === undefined ? [] : [table] },
        message: `rebuilds ${rebuilt.join(', ')} under a lock`,
        advice: [outsideTransaction(...advice)],
      },
    ];
  },
});

/** Indexes whose tables were not written anew with them. */
function rebuiltAlone({ rewrites, locks }: MeasuredStatement): readonly string[] {
  return rewrites.filter((name) => {
    const table = locks.find(({ relation, kind }) => relation === name && kind === 'index')?.table;
    return table !== undefined && !rewrites.includes(table);
  });
}
