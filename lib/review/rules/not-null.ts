import { isOnly, readsOf } from '../facts/family.ts';
import { changes, topmost, withoutCascaded } from '../facts/subjects.ts';
import { setNotNull } from '../ways/not-null.ts';
import { after, run } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'not-null',
  group: 'compatibility',
  place: 130,
  severity: 'warning',
  title: 'A column no longer takes NULL',
  why: 'Code that still leaves it out or writes NULL fails at once.',
  found: 'ALTER TABLE proven ALTER COLUMN id SET NOT NULL;',
  letBe: 'ALTER TABLE orders ALTER COLUMN kind DROP NOT NULL;',
  on: topmost(withoutCascaded(changes('not-null', 'column'))),
  judge: ({ relation, object, column }, { statement }) => {
    const isRead = readsOf(statement, relation).length > 0;
    const close = isRead
      ? setNotNull(statement, relation, column.name, isOnly(statement, relation))
      : [run(`${statement.text};`)];
    return [
      {
        relation,
        message: `${object} must now be given`,
        advice: after('first release code that always gives it; then:', close),
      },
    ];
  },
});
