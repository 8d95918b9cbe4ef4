import { conversionOf } from '../../schema/conversion.ts';
import type { ColumnChange } from '../facts/changes.ts';
import { listRelations } from '../facts/relations.ts';
import { rewritesOf } from '../facts/rewrites.ts';
import { changes, topmost } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { retype } from '../ways/retype.ts';
import { usingOf } from '../ways/using.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'type-rewrites',
  group: 'rewrites',
  place: 10,
  severity: 'error',
  title: 'A change of type rewrites the whole table',
  why: 'Every row and every index is written while nobody can read or write; tables that reference the column are read as well.',
  found: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;',
  letBe: 'ALTER TABLE orders ALTER COLUMN note TYPE varchar;',
  on: topmost(changes('type', 'column')),
  judge: (change, { statement }) => {
    const { relation, from, to } = change;
    const written = rewritesOf(statement, relation);
    if (written.length === 0) return [];
    const others = statement.scans.filter((name) => !statement.rewrites.includes(name));
    const reach = others.length === 0 ? '' : `, and reads ${listRelations(statement, others)}`;
    return [
      {
        relation,
        tells: { rewritten: written, read: others },
        message: `rewrites ${listRelations(statement, written)} for ${from} to ${to}${wordLoss(statement, change)}${reach}`,
        advice: retype(statement, change),
      },
    ];
  },
});

/** `total::integer`, which is what PostgreSQL does without it. */
const cast = /^("[^"]*"|[\w$]+)(\s*::[^:]+)+$/;

/** With an expression of its own the author has said what becomes of the values. */
function wordLoss(statement: MeasuredStatement, { from, to, column }: ColumnChange): string {
  const using = usingOf(statement.text, column.name);
  const isSaid = using !== undefined && !cast.test(using);
  const isLoss = typeof from === 'string' && typeof to === 'string' && conversionOf(from, to) === 'changes';
  return isLoss && !isSaid ? ', which rounds or cuts values without an error' : '';
}
