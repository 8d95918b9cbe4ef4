import { agree } from '../../words.ts';
import type { Change } from '../change.ts';
import type { RelationFacts, Survey, TriggerFacts } from '../survey.ts';
import { isAbout, pairsOf, tellWith } from './outcome.ts';
import { changesOf, type Rule } from './rule.ts';

export const triggerRules: readonly Rule[] = [
  {
    id: 'trigger-off',
    severity: 'warning',
    title: 'A trigger fires no more',
    why: 'What it kept or refused (a history, a counter, a check) is kept and refused by nobody from the commit on, and no error says so.',
    bad: 'ALTER TABLE logs DISABLE TRIGGER logs_stamp;',
    good: 'ALTER TABLE logs DISABLE TRIGGER logs_stamp;\nALTER TABLE logs ENABLE TRIGGER logs_stamp;',
    judge: (statement, { step }) => {
      const { surveys } = step;
      if (surveys === undefined) return [];
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
  },
  {
    id: 'rule-instead',
    severity: 'error',
    title: 'A rule does something else instead of what code says',
    why: 'An INSERT, UPDATE or DELETE on the table does nothing, or something else, from the commit on, and reports success.',
    bad: 'CREATE RULE quiet AS ON DELETE TO orders DO INSTEAD NOTHING;',
    good: 'CREATE RULE more AS ON DELETE TO orders DO ALSO NOTHING;',
    judge: (statement, { step }) => {
      const { surveys } = step;
      if (surveys === undefined) return [];
      const { found, left } = surveys;
      return pairsOf(surveys, 'relations').flatMap(({ then, now }) => {
        if (![then, now].every(({ kind }) => kind === 'r' || kind === 'p')) return [];
        const isKnown = (name: string) =>
          found.rewrites.some((one) => one.relation === then.oid && one.name === name && one.instead);
        const fresh = left.rewrites.filter((one) => one.relation === now.oid && one.instead && !isKnown(one.name));
        return fresh.flatMap(({ name, event, conditional, nothing }) =>
          tellWith(statement, step, isRule(name, now.name), {
            relation: now.name,
            message: `rule ${name}: ${event} on ${now.name} ${nothing ? 'does nothing' : 'does something else'} ${conditional ? 'where its condition holds' : 'from the commit on'}, and reports success`,
            advice: '-- a right that is revoked, or a trigger that raises an error, tells code that it may not',
          }),
        );
      });
    },
  },
];

function isRule(name: string, table: string): (change: Change) => boolean {
  return ({ type, relation, object }) => type === 'rule' && relation === table && object === `rule ${name} on ${table}`;
}

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
