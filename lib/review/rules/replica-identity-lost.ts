import { isAbout, tablePairs, tellWith } from '../facts/outcome.ts';
import { covers } from '../facts/publications.ts';
import { outcomes } from '../facts/subjects.ts';
import type { PublicationFacts, RelationFacts, Survey } from '../survey.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'replica-identity-lost',
  group: 'publications',
  place: 40,
  severity: 'error',
  title: 'A published table has no replica identity',
  why: 'UPDATE and DELETE on it fail from the commit on (55000): without a replica identity no subscriber could find the row.',
  found: 'ALTER TABLE published REPLICA IDENTITY NOTHING;',
  letBe: 'ALTER TABLE published REPLICA IDENTITY DEFAULT;',
  on: outcomes,
  judge: (surveys, { statement, step }) => {
    const { found, left } = surveys;
    const isNew = ({ oid, name }: RelationFacts) =>
      !found.relations.some((one) => one.oid === oid || one.name === name);
    const old = tablePairs(surveys).filter(({ then, now }) => {
      const isSaid = now.identity === 'n' && then.identity !== 'n';
      const isNews = then.identified || !isPublished(then, found);
      return isSaid || (!now.identified && isPublished(now, left) && isNews);
    });
    const bare = left.relations.filter(
      (one) => one.kind === 'r' && !one.identified && isNew(one) && isPublished(one, left),
    );
    return [...old.map(({ now }) => now), ...bare].flatMap((table) => {
      if (table.kind === 'p') return [];
      const words = isPublished(table, left) ? 'fail' : 'fail where a publication tells of it';
      return tellWith(statement, step, (change) => isAbout(table.name)(change) || change.type === 'publication', {
        relation: table.name,
        message: `${table.name} has no replica identity: UPDATE and DELETE on it ${words}`,
        advice:
          '-- give it a primary key first; or a unique index over columns that are NOT NULL: REPLICA IDENTITY USING INDEX …',
      });
    });
  },
});

function isPublished(table: RelationFacts, { publications }: Survey): boolean {
  const isKept = ({ operations }: PublicationFacts) => operations.includes('UPDATE') || operations.includes('DELETE');
  return publications.some((one) => isKept(one) && covers(one, table));
}
