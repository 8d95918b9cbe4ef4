import { isAbout, type Pair, pairsOf, tablePairs, tellWith } from '../facts/outcome.ts';
import { covers, memberOf } from '../facts/publications.ts';
import { outcomes } from '../facts/subjects.ts';
import type { PublicationFacts, RelationFacts } from '../survey.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'publication-loses',
  group: 'publications',
  place: 10,
  severity: 'error',
  title: 'A publication no longer publishes what it did',
  why: 'From the commit on its subscribers get no more rows of that table, or not all of them, without an error: what they miss must be copied again.',
  found: 'ALTER PUBLICATION cdc DROP TABLE published;',
  letBe: 'ALTER PUBLICATION cdc ADD TABLE keyed;',
  on: outcomes,
  judge: (surveys, { statement, step }) =>
    pairsOf(surveys, 'publications').flatMap((pair) => {
      const words = compare(pair, tablePairs(surveys));
      if (words.length === 0) return [];
      return tellWith(statement, step, isAbout(pair.now.name), {
        message: `publication ${pair.now.name} ${words.join(', ')}`,
        advice: '-- first take leave of the table at the subscribers; then, in a later revision, here',
      });
    }),
});

function compare({ then, now }: Pair<PublicationFacts>, tables: readonly Pair<RelationFacts>[]): readonly string[] {
  const covered = tables.filter((one) => covers(then, one.then));
  const gone = covered.filter((one) => !covers(now, one.now)).map((one) => one.now.name);
  const operations = then.operations.filter((one) => !now.operations.includes(one));
  const limited = covered.flatMap((one) => {
    const [before, behind] = [memberOf(then, one.then), memberOf(now, one.now)];
    const isFiltered = behind?.filter != null && behind.filter !== before?.filter;
    const lost = behind?.columns == null ? [] : lostColumns(one, before?.columns ?? null, behind.columns);
    return [
      ...(isFiltered ? [`publishes ${one.now.name} only where ${behind.filter}`] : []),
      ...(lost.length > 0 ? [`no longer publishes ${lost.map((name) => `${one.now.name}.${name}`).join(', ')}`] : []),
    ];
  });
  return [
    ...(gone.length > 0 ? [`no longer publishes ${gone.join(', ')}: subscribers get no more of their rows`] : []),
    ...(operations.length > 0 ? [`no longer publishes ${operations.join(', ')}`] : []),
    ...limited,
  ];
}

function lostColumns(
  { now }: Pair<RelationFacts>,
  before: readonly number[] | null,
  behind: readonly number[],
): readonly string[] {
  return now.columns
    .filter(({ number }) => (before === null || before.includes(number)) && !behind.includes(number))
    .map(({ name }) => name);
}
