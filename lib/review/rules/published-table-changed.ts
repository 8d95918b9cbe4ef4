import { topsOf } from '../facts/family.ts';
import { covers, memberOf } from '../facts/publications.ts';
import { outcomes } from '../facts/subjects.ts';
import { defineRule, type Hit, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'published-table-changed',
  group: 'publications',
  place: 20,
  severity: 'warning',
  title: 'The columns of a published table change',
  why: 'Logical replication sends rows, not DDL, and finds columns by name: if the subscriber has no such column, its worker stops at the first row, and the publisher keeps its WAL until that is corrected.',
  found: 'ALTER TABLE published ADD COLUMN size integer;',
  letBe: 'ALTER TABLE keyed ADD COLUMN size integer;',
  on: outcomes,
  judge: (surveys, { statement }) => {
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
});
