import { quoteIdent } from '../../sql/quote.ts';
import { changesOf, nameOf } from '../facts/changes.ts';
import { domainOf } from '../facts/constraints.ts';
import { tablesRead, together } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { addDomainNotValid, validateDomain } from '../ways/actions.ts';
import { freeName } from '../ways/free-name.ts';
import type { Way } from '../ways/way.ts';
import { after, run, under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'domain-validated',
  group: 'constraints',
  place: 120,
  severity: 'error',
  title: 'A domain is checked in every table that uses it',
  why: 'ALTER DOMAIN takes SHARE on each of these tables and reads it, while writes wait.',
  found: 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100000);',
  letBe: 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100000) NOT VALID;',
  on: together(tablesRead),
  judge: (scans, { statement }) => {
    const [relation] = scans;
    const message = `reads ${scans.join(', ')} while writes wait`;
    return domainWays(statement).map((advice) => ({ relation, tells: { read: scans }, message, advice }));
  },
});

/** For each constraint that a domain has got. */
function domainWays(statement: MeasuredStatement): readonly Way[] {
  const added = changesOf(statement, 'created', 'constraint').flatMap((change) => {
    const { constraint, to = '' } = change;
    const domain = domainOf(change);
    return domain === undefined || !constraint.validated
      ? []
      : [domainWay(statement, domain, quoteIdent(constraint.name), to)];
  });
  const closed = changesOf(statement, 'not-null', 'domain').map((change) => {
    const domain = nameOf(change);
    const way = domainWay(statement, domain, freeName(statement, domain, 'not_null'), 'CHECK (VALUE IS NOT NULL)');
    return after('a CHECK asks the same; SET NOT NULL itself can only read at once:', way);
  });
  return [...added, ...closed];
}

function domainWay({ scans }: MeasuredStatement, domain: string, name: string, definition: string): Way {
  const locks = scans.map((table) => `SHARE on ${table}`).join(', ');
  return [
    run(addDomainNotValid(domain, name, definition)),
    under(
      `in a revision of its own; writes wait while it reads, and so it is for a quiet hour (${locks}):`,
      validateDomain(domain, name),
    ),
  ];
}
