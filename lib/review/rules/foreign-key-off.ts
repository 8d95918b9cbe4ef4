import { changes } from '../facts/subjects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { parseLoosely } from '../parsed.ts';
import { switchTrigger } from '../ways/actions.ts';
import type { Way } from '../ways/way.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'foreign-key-off',
  group: 'constraints',
  place: 110,
  severity: 'error',
  title: 'A foreign key is disabled',
  why: 'DISABLE TRIGGER ALL also disables the triggers of foreign keys: what is written meanwhile is never checked, and the key still counts as valid.',
  found: 'ALTER TABLE lines DISABLE TRIGGER ALL;',
  letBe: 'ALTER TABLE lines DISABLE TRIGGER USER;',
  on: changes('trigger', 'constraint'),
  judge: ({ object, relation, constraint, to }, { statement }) =>
    constraint.kind !== 'foreign key' || to === 'enabled' || relation === undefined
      ? []
      : [{ relation, message: `${object} is no longer checked`, advice: keepKeysOn(statement, relation) }],
});

/** DISABLE TRIGGER ALL with the triggers of foreign keys left out; one that names such a trigger has no better form. */
function keepKeysOn({ text }: MeasuredStatement, relation: string): Way | string {
  const nodes = parseLoosely(text) ?? [];
  const all = nodes.some(
    (node) =>
      'AlterTableStmt' in node &&
      (node.AlterTableStmt.cmds ?? []).some(
        (command) => 'AlterTableCmd' in command && command.AlterTableCmd.subtype === 'AT_DisableTrigAll',
      ),
  );
  return all
    ? [under('the triggers of your own alone:', switchTrigger(relation, 'DISABLE', 'USER'))]
    : '-- leave it on: what is written without it can only be proven by adding the key again, NOT VALID, and VALIDATE';
}
