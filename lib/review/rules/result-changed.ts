import { isAbout, isView, type Pair, pairsOf, tellWith } from '../facts/outcome.ts';
import { outcomes } from '../facts/subjects.ts';
import type { RelationFacts } from '../survey.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'result-changed',
  group: 'functions',
  place: 10,
  severity: 'error',
  title: 'A view or a function that is created again returns other columns or types',
  why: 'Code that reads a column by a name that no longer exists fails at once; code that reads another type, or reads by position, gets what it does not expect.',
  found: 'DROP VIEW shown;\nCREATE VIEW shown AS SELECT id FROM named;',
  letBe: 'DROP VIEW shown;\nCREATE VIEW shown AS SELECT id, name FROM named;',
  on: outcomes,
  judge: (surveys, { statement, step }) => {
    // A table that takes another one's place has a rule of its own.
    const views = pairsOf(surveys, 'relations').filter(
      ({ then, now, again }) => again && (isView(then) || isView(now)),
    );
    return [
      ...views.flatMap((pair) => {
        const differences = compareColumns(pair);
        if (differences.length === 0) return [];
        return tellWith(statement, step, isAbout(pair.then.name), {
          relation: pair.then.name,
          message: `${pair.then.name} was made again: ${differences.join(', ')}`,
          advice: '-- first release code that does without; or keep what it had, and add new columns after the others',
        });
      }),
      ...pairsOf(surveys, 'functions').flatMap(({ then, now, again }) => {
        if (!again || then.result === now.result) return [];
        return tellWith(statement, step, isAbout(now.signature), {
          message: `function ${then.signature} was made again: it returns ${now.result || 'nothing'}, not ${then.result || 'nothing'}`,
          advice:
            '-- make it under another name, release code that calls that one, and drop this one in a later revision',
        });
      }),
    ];
  },
});

function compareColumns({ then, now }: Pair<RelationFacts>): readonly string[] {
  const gone = then.columns.filter(({ name }) => !now.columns.some((one) => one.name === name));
  const kept = then.columns.flatMap((old) => {
    const one = now.columns.find(({ name }) => name === old.name);
    return one === undefined ? [] : [{ old, one }];
  });
  const retyped = kept.filter(({ old, one }) => old.type !== one.type);
  const positions = kept.map(({ one }) => now.columns.indexOf(one));
  const isMoved = positions.some((position, index) => position !== index);
  return [
    ...gone.map(({ name }) => `column ${name} is gone`),
    ...retyped.map(({ old, one }) => `column ${old.name} is ${one.type}, not ${old.type}`),
    ...(gone.length === 0 && isMoved ? ['its columns stand at other places'] : []),
  ];
}
