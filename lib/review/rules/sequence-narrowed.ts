import { isAbout, pairsOf, tellWith } from '../facts/outcome.ts';
import { outcomes } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'sequence-narrowed',
  group: 'sequences',
  place: 20,
  severity: 'warning',
  title: 'A sequence ends sooner, or repeats numbers',
  why: 'It fails at its end (2200H), which may be near or already passed; one with CYCLE returns numbers that rows already have.',
  found: 'ALTER SEQUENCE tickets AS smallint;',
  letBe: 'ALTER SEQUENCE tickets AS bigint;',
  on: outcomes,
  judge: (surveys, { statement, step }) =>
    pairsOf(surveys, 'sequences').flatMap(({ then, now }) => {
      const words = [
        ...(BigInt(now.max) < BigInt(then.max) ? [`ends at ${now.max}, not at ${then.max}`] : []),
        ...(now.cycle && !then.cycle ? ['starts again at its end'] : []),
        ...(now.increment.startsWith('-') === then.increment.startsWith('-') ? [] : ['counts the other way round']),
      ];
      if (words.length === 0) return [];
      return tellWith(statement, step, isAbout(now.name), {
        relation: now.name,
        message: `sequence ${now.name} ${words.join(', ')}`,
        advice: `-- look first how far it is: SELECT last_value FROM ${now.name}`,
      });
    }),
});
