import { made } from '../facts/constraints.ts';
import { everyStatement } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { dropProof, proveNotNull } from '../ways/not-null.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'primary-key-scans',
  group: 'constraints',
  place: 30,
  severity: 'error',
  title: 'A primary key USING INDEX reads the whole table',
  why: 'It sets its columns NOT NULL in silence, and proves that by reading the table under ACCESS EXCLUSIVE.',
  found: 'ALTER TABLE keyed ADD CONSTRAINT keyed_key PRIMARY KEY USING INDEX keyed_code;',
  letBe: 'ALTER TABLE keyed ADD CONSTRAINT keyed_key UNIQUE USING INDEX keyed_code;',
  on: everyStatement,
  judge: (statement) =>
    made(statement, 'primary key')
      .filter(({ relation }) => buildsOn(statement, relation).length === 0 && statement.scans.includes(relation ?? ''))
      .map(({ relation, constraint }) => ({
        relation: relation!,
        tells: { read: [relation!] },
        message: `reads all of ${relation} to prove that ${constraint!.columns.join(', ')} is not null`,
        advice: [
          ...proveNotNull(statement, relation!, constraint!.columns),
          '-- then it reads nothing:',
          `${statement.text};`,
          dropProof(statement, relation!, constraint!.columns),
        ].join('\n'),
      })),
});

function buildsOn({ builds }: MeasuredStatement, relation: string | undefined): MeasuredStatement['builds'] {
  return builds.filter(({ table, concurrently: slowly }) => table === relation && !slowly);
}
