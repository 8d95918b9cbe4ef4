import type { MeasuredStep } from '../measured.ts';
import type { PublicationFacts, RelationFacts, Survey } from '../survey.ts';
import { isAbout, type Pair, pairsOf, tellWith } from './outcome.ts';
import type { Hit, Rule } from './rule.ts';
import { topsOf } from './tree.ts';

export const publicationRules: readonly Rule[] = [
  {
    id: 'publication-loses',
    severity: 'error',
    title: 'A publication no longer tells of what it told of',
    why: 'Its subscribers get no more rows of that table, or not all of them, from the commit on, and no error says so: what they miss has to be copied again.',
    bad: 'ALTER PUBLICATION cdc DROP TABLE published;',
    good: 'ALTER PUBLICATION cdc ADD TABLE keyed;',
    judge: (statement, { step }) => {
      const { surveys } = step;
      if (surveys === undefined) return [];
      return pairsOf(surveys, 'publications').flatMap((pair) => {
        const words = compare(pair, tablesOf(step));
        if (words.length === 0) return [];
        return tellWith(statement, step, isAbout(pair.now.name), {
          message: `publication ${pair.now.name} ${words.join(', ')}`,
          advice: '-- first take leave of the table at the subscribers; then, in a later revision, here',
        });
      });
    },
  },
  {
    id: 'published-table-changed',
    severity: 'warning',
    title: 'A table that is published changes its columns',
    why: 'Logical replication carries rows, not DDL, and finds columns by their names: where the subscriber has no such column, its worker stops at the first row, and the publisher keeps its WAL until that is mended.',
    bad: 'ALTER TABLE published ADD COLUMN size integer;',
    good: 'ALTER TABLE keyed ADD COLUMN size integer;',
    judge: (statement, { step }) => {
      const { surveys } = step;
      if (surveys === undefined) return [];
      const { found, origin } = surveys;
      const changes = statement.changes.filter(
        ({ kind, type, cascaded }) =>
          type === 'column' && !cascaded && (kind === 'created' || kind === 'type' || kind === 'renamed'),
      );
      const tables = [...new Set(changes.flatMap(({ relation }) => relation ?? []))];
      return topsOf(statement, tables).flatMap((name): readonly Hit[] => {
        const table = origin.relations.find((one) => one.name === name);
        if (table === undefined) return [];
        const own = changes.filter(({ relation }) => relation === name);
        const all = own.filter(({ kind }) => kind !== 'created');
        const covering = found.publications.filter((one) => {
          const member = memberOf(one, table);
          return covers(one, table) && (member?.columns == null || all.length > 0);
        });
        if (covering.length === 0) return [];
        const columns = own.map(({ object, to, kind }) => (kind === 'renamed' ? `${object} as ${to}` : object));
        return [
          {
            relation: name,
            message: `${name} is published by ${covering.map((one) => one.name).join(', ')}: its subscribers need ${columns.join(', ')} first`,
            advice:
              '-- run the same statement at every subscriber before this one (what takes a column away goes the other way round)',
          },
        ];
      });
    },
  },
  {
    id: 'replica-identity-full',
    severity: 'warning',
    title: 'Every UPDATE and DELETE logs the whole old row',
    why: 'REPLICA IDENTITY FULL writes all columns of the old row to the WAL, and a subscriber looks each of them up by all of its columns, without a key.',
    bad: 'ALTER TABLE published REPLICA IDENTITY FULL;',
    good: 'ALTER TABLE published REPLICA IDENTITY USING INDEX published_code;',
    judge: (statement, { step }) =>
      tablesOf(step).flatMap(({ then, now }) => {
        if (now.identity !== 'f' || then.identity === 'f') return [];
        return tellWith(statement, step, isAbout(now.name), {
          relation: now.name,
          message: `every UPDATE and DELETE on ${now.name} logs its whole old row`,
          advice:
            '-- a primary key needs no more; else a unique index over columns that are NOT NULL: REPLICA IDENTITY USING INDEX …',
        });
      }),
  },
  {
    id: 'replica-identity-lost',
    severity: 'error',
    title: 'A published table has nothing to tell its rows apart by',
    why: 'UPDATE and DELETE on it fail from the commit on (55000): without a replica identity no subscriber could find the row.',
    bad: 'ALTER TABLE published REPLICA IDENTITY NOTHING;',
    good: 'ALTER TABLE published REPLICA IDENTITY DEFAULT;',
    judge: (statement, { step }) => {
      const { surveys } = step;
      if (surveys === undefined) return [];
      const { found, left } = surveys;
      const isNew = ({ oid, name }: RelationFacts) =>
        !found.relations.some((one) => one.oid === oid || one.name === name);
      const old = tablesOf(step).filter(({ then, now }) => {
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
  },
];

function tablesOf({ surveys }: MeasuredStep): readonly Pair<RelationFacts>[] {
  if (surveys === undefined) return [];
  return pairsOf(surveys, 'relations').filter(({ then, now }) =>
    [then, now].every(({ kind }) => kind === 'r' || kind === 'p'),
  );
}

function memberOf(
  { tables }: PublicationFacts,
  { oid, above }: RelationFacts,
): PublicationFacts['tables'][number] | undefined {
  return tables.find(({ relation }) => relation === oid) ?? tables.find(({ relation }) => above.includes(relation));
}

function covers(publication: PublicationFacts, table: RelationFacts): boolean {
  const { all, schemas } = publication;
  return all || schemas.includes(table.schema) || memberOf(publication, table) !== undefined;
}

function isPublished(table: RelationFacts, { publications }: Survey): boolean {
  const isKept = ({ operations }: PublicationFacts) => operations.includes('UPDATE') || operations.includes('DELETE');
  return publications.some((one) => isKept(one) && covers(one, table));
}

function compare({ then, now }: Pair<PublicationFacts>, tables: readonly Pair<RelationFacts>[]): readonly string[] {
  const covered = tables.filter((one) => covers(then, one.then));
  const gone = covered.filter((one) => !covers(now, one.now)).map((one) => one.now.name);
  const operations = then.operations.filter((one) => !now.operations.includes(one));
  const limited = covered.flatMap((one) => {
    const [before, behind] = [memberOf(then, one.then), memberOf(now, one.now)];
    const isFiltered = behind?.filter != null && behind.filter !== before?.filter;
    const lost = behind?.columns == null ? [] : lostColumns(one, before?.columns ?? null, behind.columns);
    return [
      ...(isFiltered ? [`tells of ${one.now.name} only where ${behind.filter}`] : []),
      ...(lost.length > 0 ? [`no longer tells of ${lost.map((name) => `${one.now.name}.${name}`).join(', ')}`] : []),
    ];
  });
  return [
    ...(gone.length > 0 ? [`no longer tells of ${gone.join(', ')}: subscribers get no more of their rows`] : []),
    ...(operations.length > 0 ? [`no longer tells of ${operations.join(', ')}`] : []),
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
