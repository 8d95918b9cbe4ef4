import { conversionOf } from '../../schema/conversion.ts';
import type { Node } from '../../sql/parser.ts';
import type { ColumnChange } from '../facts/changes.ts';
import { listRelations } from '../facts/relations.ts';
import { rewritesOf } from '../facts/rewrites.ts';
import { changes, topmost } from '../facts/subjects.ts';
import { nodesOf } from '../facts/text.ts';
import type { MeasuredStatement } from '../measured.ts';
import { retype } from '../ways/retype.ts';
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

function wordLoss(statement: MeasuredStatement, { from, to, column }: ColumnChange): string {
  const isLoss = typeof from === 'string' && typeof to === 'string' && conversionOf(from, to) === 'rounds';
  return isLoss && !saysValues(statement, column.name) ? ', which rounds or cuts values without an error' : '';
}

/** With an expression of its own the author has said what becomes of the values; `USING total::integer` is what PostgreSQL does anyway. */
function saysValues(statement: MeasuredStatement, column: string): boolean {
  const statements = nodesOf(statement).flatMap((node) => ('AlterTableStmt' in node ? [node.AlterTableStmt] : []));
  return statements
    .flatMap(({ cmds = [] }) => cmds)
    .some((command) => {
      if (!('AlterTableCmd' in command)) return false;
      const { subtype, name, def } = command.AlterTableCmd;
      if (subtype !== 'AT_AlterColumnType' || name !== column || def === undefined) return false;
      const using = 'ColumnDef' in def ? def.ColumnDef.raw_default : undefined;
      return using !== undefined && !isCastOf(column, using);
    });
}

function isCastOf(column: string, expression: Node): boolean {
  if ('TypeCast' in expression)
    return expression.TypeCast.arg !== undefined && isCastOf(column, expression.TypeCast.arg);
  if (!('ColumnRef' in expression)) return false;
  const last = expression.ColumnRef.fields?.at(-1);
  return last !== undefined && 'String' in last && last.String.sval === column;
}
