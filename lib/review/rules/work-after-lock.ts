import { agree } from '../../words.ts';
import { wordLock } from '../advice/words.ts';
import { blocksWrites } from '../facts/locks.ts';
import { listRelations } from '../facts/relations.ts';
import { everyStatement } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { setBehind } from '../ways/apart.ts';
import { defineRule, type Rule, type RuleContext } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'work-after-lock',
  group: 'locks',
  place: 10,
  severity: 'error',
  title: 'Slow work is done while another table is locked',
  why: 'A lock is held until the end of the transaction, so whatever comes after it makes the outage longer.',
  found: 'ALTER TABLE customers ADD COLUMN note text;\nUPDATE orders SET note = $$x$$;',
  letBe: 'UPDATE orders SET note = $$x$$;',
  on: everyStatement,
  judge: (statement, { step, sizes }) => {
    const { number, locks } = statement;
    const held = locks.filter((lock) => lock.since < number && blocksWrites(lock) && lock.kind !== 'index');
    const worked = bySize(workOf(statement), sizes);
    if (!step.transactional || held.length === 0 || worked.length === 0 || isValidation(statement)) return [];
    const closed = bySize([...new Set(held.map(({ relation }) => relation))], sizes);
    const [first, ...others] = closed;
    const worst = held.find(({ relation }) => relation === first);
    if (worst === undefined) return [];
    return [
      {
        relation: worst.relation,
        worked,
        tells: { read: [...closed, ...worked] },
        message: `works on ${listRelations(statement, worked)} while ${wordLock(worst)} is held since statement ${worst.since}${wordOthers(statement, others)}`,
        advice: setBehind(statement, step),
      },
    ];
  },
});

/** Tables, and indexes that are rewritten without their table. */
function workOf({ scans, rewrites, builds, locks }: MeasuredStatement): readonly string[] {
  const worked = new Set([...scans, ...rewrites, ...builds.map(({ table }) => table)]);
  const isPart = (name: string) => locks.some(({ relation, table }) => relation === name && worked.has(table ?? ''));
  return [...worked].filter((name) => !isPart(name));
}

function wordOthers(statement: MeasuredStatement, closed: readonly string[]): string {
  if (closed.length === 0) return '';
  return `, and ${listRelations(statement, closed)} ${agree(closed.length, 'is', 'are')} closed too`;
}

/** The largest first, where sizes are known. */
function bySize(relations: readonly string[], sizes: RuleContext['sizes']): readonly string[] {
  const bytesOf = (relation: string) => sizes.get(relation)?.bytes ?? 0;
  return relations.toSorted((a, b) => bytesOf(b) - bytesOf(a));
}

/** Has a rule of its own. */
function isValidation({ changes }: MeasuredStatement): boolean {
  return changes.some(({ kind }) => kind === 'validated');
}
