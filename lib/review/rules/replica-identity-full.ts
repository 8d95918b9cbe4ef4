import { isAbout, tablePairs, tellWith } from '../facts/outcome.ts';
import { outcomes } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'replica-identity-full',
  group: 'publications',
  place: 30,
  severity: 'warning',
  title: 'Every UPDATE and DELETE logs the whole old row',
  why: 'REPLICA IDENTITY FULL writes all columns of the old row to the WAL, and a subscriber looks up each row by all of its columns, without a key.',
  found: 'ALTER TABLE published REPLICA IDENTITY FULL;',
  letBe: 'ALTER TABLE published REPLICA IDENTITY USING INDEX published_code;',
  on: outcomes,
  judge: (surveys, { statement, step }) =>
    tablePairs(surveys).flatMap(({ then, now }) => {
      if (now.identity !== 'f' || then.identity === 'f') return [];
      return tellWith(statement, step, isAbout(now.name), {
        relation: now.name,
        message: `every UPDATE and DELETE on ${now.name} logs its whole old row`,
        advice:
          '-- a primary key needs no more; else a unique index over columns that are NOT NULL: REPLICA IDENTITY USING INDEX …',
      });
    }),
});
