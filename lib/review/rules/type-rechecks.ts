import { quoteIdent } from '../../sql/quote.ts';
import type { ColumnDependent } from '../advice-facts.ts';
import type { ColumnChange } from '../facts/changes.ts';
import { readsOf } from '../facts/family.ts';
import { listRelations } from '../facts/relations.ts';
import { dependentsOn, rebuiltFor, rewritesOf } from '../facts/rewrites.ts';
import { changes, topmost } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { addNotValid, alterColumn, dropConstraint, validate } from '../ways/actions.ts';
import type { Way } from '../ways/way.ts';
import { later, under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'type-rechecks',
  group: 'rewrites',
  place: 30,
  severity: 'error',
  title: 'A change of type validates every CHECK again',
  why: 'Nothing is written, but constraints on the column are checked against every row under ACCESS EXCLUSIVE.',
  found: 'ALTER TABLE checked ALTER COLUMN label TYPE varchar(40);',
  letBe: 'ALTER TABLE orders ALTER COLUMN label TYPE varchar(40);',
  on: topmost(changes('type', 'column')),
  judge: (change, { statement }) => {
    const { relation } = change;
    const reads = readsOf(statement, relation);
    const checks = recheckedFor(statement, change);
    const isQuiet = rewritesOf(statement, relation).length === 0 && rebuiltFor(statement, change).length === 0;
    if (!isQuiet || reads.length === 0 || checks.length === 0) return [];
    return [
      {
        relation,
        tells: { read: reads },
        message: `reads all of ${listRelations(statement, reads)} under ACCESS EXCLUSIVE`,
        advice: putBack(statement, change, checks),
      },
    ];
  },
});

/** Those that stand in children as well are their parent's. */
function recheckedFor(statement: MeasuredStatement, change: ColumnChange): readonly ColumnDependent[] {
  const checks = dependentsOn(statement, change).filter(
    ({ kind, definition }) => kind === 'check' && !definition.endsWith(' NOT VALID'),
  );
  return checks.filter(
    ({ name, table }) =>
      table === change.relation || !checks.some((one) => one.table === change.relation && one.name === name),
  );
}

/** Without its CHECKs a change of type that writes nothing reads nothing either. */
function putBack({ adviceFacts }: MeasuredStatement, change: ColumnChange, checks: readonly ColumnDependent[]): Way {
  const { relation, column } = change;
  const named = checks.map((check) => ({ ...check, name: quoteIdent(check.name) }));
  const said = named.flatMap(({ table, name }) =>
    (adviceFacts?.belongings ?? []).filter(({ text }) => text.startsWith(`COMMENT ON CONSTRAINT ${name} ON ${table} `)),
  );
  return [
    under(
      'in one revision, without the CHECK, which is put back without a scan:',
      ...named.map(({ table, name }) => dropConstraint(table, name)),
      alterColumn(relation, quoteIdent(column.name), `TYPE ${column.type}`),
      ...named.map(({ table, name, definition }) => addNotValid(table, name, definition)),
      ...said.map(({ text }) => `${text};`),
    ),
    later(...named.map(({ table, name }) => validate(table, name))),
  ];
}
