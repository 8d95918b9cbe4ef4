import { saysCascade, withoutCascade } from '../../sql/edit.ts';
import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import type { Change } from '../change.ts';
import { nameOf } from '../facts/changes.ts';
import { changes, together } from '../facts/subjects.ts';
import { isCascading } from '../facts/text.ts';
import { drop, dropColumn, dropConstraint } from '../ways/actions.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'cascade-drops',
  group: 'compatibility',
  place: 60,
  severity: 'error',
  title: 'CASCADE drops what the statement does not name',
  why: 'Dependent views, keys, columns and functions are dropped too, and production may have others than scratch.',
  found: 'DROP FUNCTION stamp() CASCADE;',
  letBe: 'DROP TABLE logs;',
  on: together(changes('dropped')),
  judge: (dropped, { statement }) => {
    const gone = new Set(
      dropped.flatMap((change) => (/table|view|domain|^type$/.test(change.type) ? [nameOf(change)] : [])),
    );
    const victims = dropped.filter(
      (change) => change.cascaded && change.type !== 'sequence' && !gone.has(wholeOf(change) ?? ''),
    );
    if (victims.length === 0 || !isCascading(statement)) return [];
    const drops = inOrder(victims).flatMap(dropOf);
    const itself = saysCascade(statement.text)
      ? `${withoutCascade(statement.text)};`
      : '-- and then what says CASCADE, without it';
    return [
      {
        relation: victims.find((victim) => victim.relation !== undefined)?.relation,
        message: `drops ${victims.map(({ object }) => object).join(', ')} as well`,
        advice: [under('in one revision, with each of them named, and without CASCADE:', ...joined(drops), itself)],
      },
    ];
  },
});

/** What it is a part of, and goes with. */
function wholeOf({ relation, name }: Change): string | undefined {
  return relation ?? ('of' in name ? quoteRelation(name.of.name) : undefined);
}

/** Foreign keys first, which need what others are; constraints before their columns, and tables before the types that they use. */
function inOrder(victims: readonly Change[]): readonly Change[] {
  const order = [/^constraint$/, /^(trigger|rule|policy|index)$/, /view$/, /^column$/, /table$/];
  const rank = ({ type, constraint }: Change) => {
    const at = order.findIndex((one) => one.test(type));
    return constraint?.kind === 'foreign key' ? -1 : at === -1 ? order.length : at;
  };
  return victims.toSorted((a, b) => rank(a) - rank(b));
}

/** Tables, or views, that refer to each other go in one statement. */
function joined(drops: readonly string[]): readonly string[] {
  return ['DROP MATERIALIZED VIEW ', 'DROP VIEW ', 'DROP TABLE '].reduce(joinDrops, drops);
}

function joinDrops(drops: readonly string[], start: string): readonly string[] {
  const tables = drops.filter((drop) => drop.startsWith(start)).map((drop) => drop.slice(start.length, -1));
  const first = drops.findIndex((drop) => drop.startsWith(start));
  return drops.flatMap((drop, index) => {
    if (!drop.startsWith(start)) return [drop];
    return index === first ? [`${start}${tables.join(', ')};`] : [];
  });
}

/** A constraint of a domain goes with the domain alone. */
function dropOf(change: Change): readonly string[] {
  const { type, relation = '', constraint } = change;
  const name = nameOf(change);
  if (type === 'attribute') return [];
  if (type === 'column') return [dropColumn(relation, name.slice(relation.length + 1))];
  if (type !== 'constraint') return [drop(type.replace('partitioned ', '').toUpperCase(), name)];
  if (relation === '' || constraint === undefined) return [];
  return [dropConstraint(relation, quoteIdent(constraint.name))];
}
