import { quoteIdent } from '../../sql/quote.ts';
import { domainOf } from '../facts/constraints.ts';
import { changes } from '../facts/subjects.ts';
import { validateDomain } from '../ways/actions.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'domain-validate-waits',
  group: 'constraints',
  place: 130,
  severity: 'warning',
  title: "Validating a domain's constraint blocks writes to every table that uses it",
  why: "VALIDATE of a table's constraint allows writes; that of a domain's takes SHARE on each table until the end of the transaction.",
  found: 'ALTER DOMAIN counted VALIDATE CONSTRAINT counted_few;',
  letBe: 'ALTER DOMAIN counted DROP CONSTRAINT counted_few;',
  on: changes('validated', 'constraint'),
  judge: (change, { statement: { scans } }) => {
    const [relation] = scans;
    const domain = domainOf(change);
    if (relation === undefined || domain === undefined) return [];
    const message = `reads ${scans.join(', ')} while writes wait`;
    const locks = scans.map((table) => `SHARE on ${table}`).join(', ');
    const heading = `it may stay NOT VALID: what is written from now on is held against it all the same;
else alone in its revision, at a quiet hour (${locks}):`;
    const advice = [under(heading, validateDomain(domain, quoteIdent(change.constraint.name)))];
    return [{ relation, tells: { read: scans }, message, advice }];
  },
});
