import { newConstraints } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { dropProof, proveNotNull } from '../ways/not-null.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'primary-key-scans',
  group: 'constraints',
  place: 30,
  severity: 'error',
  title: 'A primary key USING INDEX reads the whole table',
  why: 'It implicitly sets its columns NOT NULL, and checks that by reading the table under ACCESS EXCLUSIVE.',
  found: 'ALTER TABLE keyed ADD CONSTRAINT keyed_key PRIMARY KEY USING INDEX keyed_code;',
  letBe: 'ALTER TABLE keyed ADD CONSTRAINT keyed_key UNIQUE USING INDEX keyed_code;',
  on: newConstraints('primary key'),
  judge: ({ relation, constraint: { columns } }, { statement }) => {
    if (isBuiltOn(statement, relation) || !statement.scans.includes(relation)) return [];
    return [
      {
        relation,
        tells: { read: [relation] },
        message: `reads all of ${relation} to prove that ${columns.join(', ')} is not null`,
        advice: [
          ...proveNotNull(statement, relation, columns),
          under('then it reads nothing:', `${statement.text};`, dropProof(statement, relation, columns)),
        ],
      },
    ];
  },
});

function isBuiltOn({ builds }: MeasuredStatement, relation: string): boolean {
  return builds.some(({ table, concurrently }) => table === relation && !concurrently);
}
