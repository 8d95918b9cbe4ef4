import { everyStatement } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { parseLoosely } from '../parsed.ts';
import { wordsSaid } from '../statement-words.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'if-not-exists-hides-invalid',
  group: 'indexes',
  place: 60,
  severity: 'warning',
  title: 'IF NOT EXISTS takes an INVALID index for a valid one',
  why: 'An interrupted concurrent build leaves an INVALID index. A run checks the index that its own CREATE INDEX IF NOT EXISTS finds, and refuses an invalid one; inside a block or a function it can not check, and records a statement that was skipped.',
  found: 'DO $$ BEGIN CREATE INDEX IF NOT EXISTS orders_customer ON orders (customer_id); END $$;',
  letBe: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer ON orders (customer_id);',
  on: everyStatement,
  judge: (statement) =>
    hidesFound(statement)
      ? [
          {
            relation: statement.builds[0]?.table,
            message:
              'an INVALID index of the same name would be taken for the one that it makes, and no run would notice',
            advice:
              '-- as a statement of the file itself: a run looks at what IF NOT EXISTS finds, and refuses an INVALID index',
          },
        ]
      : [],
});

/** A run looks at the index of a statement that is a CREATE INDEX; within a block, or in a file that is not parsed, it can see none. */
function hidesFound({ text }: MeasuredStatement): boolean {
  const nodes = parseLoosely(text);
  const isSeen = nodes?.length === 1 && nodes.every((node) => 'IndexStmt' in node);
  return !isSeen && /\bcreate (unique )?index (concurrently )?if not exists\b/.test(wordsSaid(text).join(' '));
}
