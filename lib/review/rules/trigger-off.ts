import { agree } from '../../words.ts';
import { changesOf } from '../facts/changes.ts';
import { isAbout, pairsOf, tellWith } from '../facts/outcome.ts';
import { outcomes } from '../facts/subjects.ts';
import type { RelationFacts, Survey, TriggerFacts } from '../survey.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'trigger-off',
  group: 'triggers',
  place: 10,
  severity: 'warning',
  title: 'A trigger no longer fires',
  why: 'From the commit on nothing records or refuses what it did (a history, a counter, a check), and there is no error.',
  found: 'ALTER TABLE logs DISABLE TRIGGER logs_stamp;',
  letBe: 'ALTER TABLE logs DISABLE TRIGGER logs_stamp;\nALTER TABLE logs ENABLE TRIGGER logs_stamp;',
  on: outcomes,
  judge: (surveys, { statement, step }) => {
    const { found, left } = surveys;
    const tables = pairsOf(surveys, 'relations').flatMap(({ then, now }) => {
      const off = firingOn(then, found).filter((trigger) => !firingOn(now, left).some((one) => doesAs(trigger, one)));
      const also = alsoOn(then, found).filter((name) => !alsoOn(now, left).includes(name));
      const names = [...off.map(({ name }) => `trigger ${name}`), ...also.map((name) => `rule ${name}`)];
      if (names.length === 0) return [];
      const events = [...new Set(off.flatMap((one) => one.events))].join(', ');
      return tellWith(statement, step, isAbout(now.name), {
        relation: now.name,
        message: `${names.join(', ')} on ${now.name} ${agree(names.length, 'fires', 'fire')} no more${events === '' ? '' : `: ${events} no longer does what it did`}`,
        advice:
          '-- if it is only in the way of this revision, enable it again at its end; if it is done with, release first what does without it',
      });
    });
    const events = changesOf(statement, 'trigger', 'event trigger')
      .filter(({ to }) => to === 'disabled')
      .map(({ object }) => ({
        message: `${object} fires no more`,
        advice: '-- enable it again at the end of the revision',
      }));
    return [...tables, ...events];
  },
});

/** In a session of an application: one that fires for replicas alone does not. */
function firingOn({ oid }: RelationFacts, { triggers }: Survey): readonly TriggerFacts[] {
  return triggers.filter(({ relation, enabled }) => relation === oid && (enabled === 'O' || enabled === 'A'));
}

/** The same one, or one that was made in its place. */
function doesAs(then: TriggerFacts, now: TriggerFacts): boolean {
  const isSame = now.name === then.name || now.function === then.function;
  return isSame && then.events.every((event) => now.events.includes(event));
}

function alsoOn({ oid, kind }: RelationFacts, { rewrites }: Survey): readonly string[] {
  const isTable = kind === 'r' || kind === 'p';
  return rewrites.flatMap(({ relation, name, instead }) => (relation === oid && !(isTable && instead) ? [name] : []));
}
