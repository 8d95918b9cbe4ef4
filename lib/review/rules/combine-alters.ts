import { actionsOf } from '../../sql/edit.ts';
import { statements } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { parseLoosely } from '../parsed.ts';
import type { Way } from '../ways/way.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Hit, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'combine-alters',
  group: 'locks',
  place: 20,
  severity: 'warning',
  title: 'One table is read or rewritten several times',
  why: 'Each ALTER TABLE scans the table once; one with several actions scans it once for all of them.',
  found: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;\nALTER TABLE orders ALTER COLUMN number TYPE bigint;',
  letBe: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint, ALTER COLUMN number TYPE bigint;',
  on: statements('ALTER TABLE'),
  judge: (statement, { step }) => {
    const before = step.statements.filter(({ number, label }) => number < statement.number && label === 'ALTER TABLE');
    return [...new Set([...statement.scans, ...statement.rewrites])].flatMap((relation): readonly Hit[] => {
      const twin = before.find(
        ({ scans, rewrites, text }) =>
          (scans.includes(relation) || rewrites.includes(relation)) && isSameTable(text, statement.text),
      );
      if (twin === undefined || !statement.locks.some((lock) => lock.relation === relation && lock.kind === 'table'))
        return [];
      return [
        {
          relation,
          message: `walks through ${relation} again, after statement ${twin.number}`,
          advice: combine(twin, statement),
        },
      ];
    });
  },
});

/** One after the other, and about columns of their own: then what the second does needs nothing of the first. */
function combine(twin: MeasuredStatement, statement: MeasuredStatement): Way | string {
  const actions = actionsOf(statement.text);
  const [first, second] = [twin, statement].map(namesAltered);
  const isApart = first !== undefined && second !== undefined && !second.some((name) => first.includes(name));
  return twin.number === statement.number - 1 && isApart && actions !== undefined
    ? [under('in one statement:', `${twin.text},`, `  ${actions};`)]
    : '-- one ALTER TABLE with the actions of both walks through it once, where neither needs what the other has done';
}

/** The columns and constraints that its actions name; undefined where one names none, as a constraint without a name. */
function namesAltered({ text }: MeasuredStatement): readonly string[] | undefined {
  const nodes = parseLoosely(text) ?? [];
  const commands = nodes.flatMap((node) => ('AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []));
  const names = commands.map((one) => ('AlterTableCmd' in one ? one.AlterTableCmd.name : undefined));
  return names.length === 0 || names.includes(undefined) ? undefined : names.flatMap((name) => name ?? []);
}

/** As far as their texts tell: one of them may say the schema, and the other leave it to the search path. */
function isSameTable(...texts: readonly [string, string]): boolean {
  const [one, other] = texts.map((text) => {
    const [node] = parseLoosely(text) ?? [];
    return node !== undefined && 'AlterTableStmt' in node ? node.AlterTableStmt.relation : undefined;
  });
  const [schema = '', also = ''] = [one?.schemaname, other?.schemaname];
  const isOneSchema = schema === also || schema === '' || also === '';
  return one !== undefined && one.relname === other?.relname && one.inh === other?.inh && isOneSchema;
}
