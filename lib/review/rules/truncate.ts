import { childrenOf } from '../facts/family.ts';
import { together } from '../facts/subjects.ts';
import { isCascading, nodesOf } from '../facts/text.ts';
import type { MeasuredStatement } from '../measured.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'truncate',
  group: 'compatibility',
  place: 170,
  severity: 'error',
  title: 'TRUNCATE empties tables under ACCESS EXCLUSIVE',
  why: 'All rows are lost; with CASCADE also those of every table that references it.',
  found: 'TRUNCATE logs;',
  letBe: 'DELETE FROM logs WHERE id = 5;',
  on: together({ find: truncatedTables }),
  judge: (tables, { statement }) => {
    const advice = isCascading(statement)
      ? [under('name each table, and leave CASCADE out:', truncateAll(statement, tables))]
      : `-- if the rows may really go:\n-- updown: allow truncate: <why>`;
    return [{ relation: tables[0], message: `empties ${tables.join(', ')}`, advice }];
  },
});

function truncatedTables({ rows }: MeasuredStatement): readonly string[] {
  return rows.flatMap(({ relation, truncated }) => (truncated ? [relation] : []));
}

/** These, and no child that was let be. */
function truncateAll(statement: MeasuredStatement, tables: readonly string[]): string {
  const isAlone = (table: string) => childrenOf(statement, table).some((child) => !tables.includes(child));
  const restarts = nodesOf(statement).some((node) => 'TruncateStmt' in node && node.TruncateStmt.restart_seqs === true);
  const restart = restarts ? ' RESTART IDENTITY' : '';
  return `TRUNCATE ${tables.map((table) => (isAlone(table) ? `ONLY ${table}` : table)).join(', ')}${restart};`;
}
