import { quoteIdent } from '../../sql/quote.ts';
import type { Change } from '../change.ts';
import { changesOf, isColumnChange } from '../facts/changes.ts';
import { topsOf } from '../facts/family.ts';
import { madeAgain, type Renamed, renamesIn } from '../facts/step.ts';
import { changes, known, together } from '../facts/subjects.ts';
import type { MeasuredStatement, MeasuredStep } from '../measured.ts';
import { renameWay } from '../ways/rename-column.ts';
import type { Way, WayPart } from '../ways/way.ts';
import { note, run, under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'rename',
  group: 'compatibility',
  place: 70,
  severity: 'error',
  title: 'Something that code refers to by name is renamed',
  why: 'The commit removes the old name, and the new one does not exist before it: old code and new code cannot both run. There is no finding for a table if the same revision creates a view with its old name.',
  found: 'ALTER TABLE orders RENAME COLUMN note TO remark;',
  letBe: 'ALTER INDEX orders_code RENAME TO orders_by_code;',
  on: together(known(changes('renamed'))),
  judge: (renamed, { statement, step }) => {
    const again = madeAgain(statement, step);
    const isTaken = (change: Change) => again.has(`view ${change.from}`) || isNameKept(change, step);
    const names = renamed.filter((change) => !unnamed.has(change.type) && !isTaken(change));
    const schema = names.find(({ type }) => type === 'schema');
    const tops = topsOf(
      statement,
      names.flatMap(({ relation }) => relation ?? []),
    );
    // Children inherit the name, too.
    const first = schema ?? names.find(({ relation }) => relation === undefined || tops.includes(relation));
    if (first === undefined) return [];
    const { object, relation, to } = first;
    return [{ relation, message: `renames ${object} to ${to}`, advice: adviseRename(statement, first) }];
  },
});

/** Code does not know them by name. */
const unnamed = new Set(['index', 'constraint', 'trigger', 'policy', 'rule']);

/** It leaves its name to another one, or takes one that was another's: before the commit there is that name, and behind it as well. */
function isNameKept(change: Change, step: MeasuredStep): boolean {
  const { type, from = '', to = '', relation } = change;
  const isColumn = type === 'column' || type === 'attribute';
  const isAlike = (other: Renamed) =>
    isColumn
      ? other.type === type && other.relation === relation
      : /table$/.test(type)
        ? /table$/.test(other.type)
        : other.type === type;
  const others = renamesIn(step).filter((other) => isAlike(other) && other.from !== from);
  const object = isColumn ? `column ${relation}.${quoteIdent(to)}` : `${type} ${to}`;
  const dropped =
    step.transactional &&
    step.statements.some((one) => changesOf(one, 'dropped').some((gone) => gone.object === object));
  const isSwapped =
    step.transactional && step.statements.some((one) => (one.swaps ?? []).some((swap) => swap.relation === from));
  return isSwapped || dropped || others.some((other) => other.to === from || other.from === to);
}

function adviseRename(statement: MeasuredStatement, change: Change): Way {
  const { type, from = '', to = '' } = change;
  const { text } = statement;
  const isView = statement.locks.some(({ relation, kind }) => relation === change.relation && kind.endsWith('view'));
  if (isColumnChange(change) && !isView) return renameWay(statement, change);
  return type === 'table' || type === 'partitioned table'
    ? [run(`${text};`), viewUnder(statement, from, to)]
    : [under('first release code that knows both names; then:', `${text};`)];
}

/** A view is read with the rights of its owner, and has none of the table's grants. */
function viewUnder({ adviceFacts }: MeasuredStatement, from: string, to: string): WayPart {
  const { rowSecurity = false, grants = [] } = adviceFacts?.guards.find(({ relation }) => relation === from) ?? {};
  return under(
    'a view under the old name, in the same revision, until no code uses it:',
    ...(rowSecurity
      ? [
          note(
            'security_invoker is there from PostgreSQL 15 on; before, the view would pass by row security: then leave it out',
          ),
        ]
      : []),
    `CREATE VIEW ${from}${rowSecurity ? ' WITH (security_invoker = true)' : ''} AS SELECT * FROM ${to};`,
    ...grants.map((grant) => `${grant};`),
  );
}
