import { dropLater } from '../advice/words.ts';
import type { Change } from '../change.ts';
import { madeAgain } from '../facts/step.ts';
import { changes, known, withoutCascaded } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

const droppable = [
  ...['function', 'procedure', 'aggregate', 'type', 'domain', 'extension', 'schema', 'collation', 'conversion'],
  ...['operator', 'operator class', 'operator family', 'cast', 'language', 'access method', 'transform'],
  ...['text search configuration', 'text search dictionary', 'text search parser', 'text search template'],
  ...['foreign-data wrapper', 'server', 'user mapping', 'publication', 'subscription', 'event trigger'],
] as const;

export const rule: Rule = defineRule({
  id: 'drop-object',
  group: 'compatibility',
  place: 30,
  severity: 'error',
  title: 'A function, type, operator, extension, publication or the like is dropped',
  why: 'Code that is still running and uses it fails at once, and so does a subscription to a publication. There is no finding for one that the same revision creates again, nor for a trigger function, which only triggers call.',
  found: 'DROP FUNCTION foldable();',
  letBe: "DROP FUNCTION foldable();\nCREATE FUNCTION foldable() RETURNS text LANGUAGE sql AS $$SELECT 'x'$$;",
  on: known(withoutCascaded(changes('dropped', ...droppable))),
  judge: (change, { statement, step }) =>
    isTriggerFunction(change) || madeAgain(statement, step).has(change.object)
      ? []
      : [
          {
            relation: change.relation,
            message: `drops ${change.object}${consequences[change.type] ?? ''}`,
            advice: dropLater(statement),
          },
        ],
});

/** What happens then, where no code names it. */
const consequences: Readonly<Record<string, string>> = {
  publication: ': its subscribers fail, and get no more rows',
  subscription: ': its tables get no more rows',
  'event trigger': ': what it kept or refused, nothing does any more',
};

/** Only triggers call it, and DROP without CASCADE refuses while one is left. */
function isTriggerFunction({ result }: Change): boolean {
  return result === 'trigger' || result === 'event_trigger';
}
