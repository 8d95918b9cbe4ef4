import type { Change, DomainFacts } from '../change.ts';
import { nameOf } from '../facts/changes.ts';
import { changes } from '../facts/subjects.ts';
import type { Way } from '../ways/way.ts';
import { run } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'constrained-domain-created',
  group: 'types',
  place: 20,
  severity: 'warning',
  title: 'A domain is created with a constraint',
  why: 'The constraint can only be changed for all tables that use the domain at once, and adding a column of that domain later rewrites the whole table.',
  found: 'CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100);',
  letBe: 'CREATE DOMAIN percent AS integer;',
  on: changes('created', 'domain'),
  judge: (change) => {
    const { object, to, domain } = change;
    if (domain === undefined || (!domain.notNull && domain.checks.length === 0)) return [];
    return [{ message: `makes ${object} as ${to}`, advice: plainDomain(change, domain) }];
  },
});

/** What it asks is asked of each column, where it can be proven beside normal work. */
function plainDomain(change: Change, { type, notNull, checks }: Omit<DomainFacts, 'domain'>): Way {
  const asked = [...(notNull ? ['CHECK (VALUE IS NOT NULL)'] : []), ...checks].join(' ');
  return [
    run(
      `CREATE DOMAIN ${nameOf(change)} AS ${type};`,
      `-- and, of each column of it in the place of VALUE, NOT VALID and then VALIDATE:\n-- ${asked}`,
    ),
  ];
}
