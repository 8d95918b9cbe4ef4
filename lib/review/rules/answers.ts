import type { MeasuredStep } from '../measured.ts';
import type { FunctionFacts, RelationFacts } from '../survey.ts';
import { isAbout, type Pair, pairsOf, tellWith } from './outcome.ts';
import type { Rule } from './rule.ts';

export const answerRules: readonly Rule[] = [
  {
    id: 'result-changed',
    severity: 'error',
    title: 'A view or a function that is made again answers with other columns or types',
    why: 'Code that reads a column by a name that is gone fails at once; one that reads another type or by position gets what it does not expect.',
    bad: 'DROP VIEW shown;\nCREATE VIEW shown AS SELECT id FROM named;',
    good: 'DROP VIEW shown;\nCREATE VIEW shown AS SELECT id, name FROM named;',
    judge: (statement, { step }) => {
      const { surveys } = step;
      if (surveys === undefined) return [];
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
            advice:
              '-- first release code that does without; or keep what it had, and add new columns behind the others',
          });
        }),
        ...pairsOf(surveys, 'functions').flatMap(({ then, now, again }) => {
          if (!again || then.result === now.result) return [];
          return tellWith(statement, step, isAbout(now.identity), {
            message: `function ${then.signature} was made again: it returns ${now.result || 'nothing'}, not ${then.result || 'nothing'}`,
            advice:
              '-- make it under another name, release code that calls that one, and drop this one in a later revision',
          });
        }),
      ];
    },
  },
  {
    id: 'made-again-otherwise',
    severity: 'warning',
    title: 'A function or a view has lost what stood beside its definition',
    why: 'DROP and CREATE, and CREATE OR REPLACE too, give a function the SECURITY, the settings and the volatility that the new text says, not those that it had; a view that is made again has the options that its text says.',
    bad: "CREATE OR REPLACE FUNCTION guarded() RETURNS integer LANGUAGE sql AS 'SELECT 2';",
    good: "CREATE OR REPLACE FUNCTION guarded() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 2';",
    judge: (statement, { step }) => {
      const { surveys } = step;
      if (surveys === undefined) return [];
      const functions = pairsOf(surveys, 'functions').flatMap((pair) => {
        const differences = compareFunctions(pair);
        const { now } = pair;
        if (differences.length === 0 || isAltered(step, now.identity)) return [];
        return tellWith(statement, step, isAbout(now.identity), {
          message: `function ${now.signature}: ${differences.join(', ')}`,
          advice: '-- say it again in CREATE FUNCTION; or, if it is meant, by ALTER FUNCTION in the same revision',
        });
      });
      const views = pairsOf(surveys, 'relations').flatMap((pair) => {
        const { then, now } = pair;
        const lost = isView(then) && isView(now) ? then.options.filter((option) => !now.options.includes(option)) : [];
        const owner = pair.again && isView(then) && then.owner !== now.owner ? [wordOwner(pair)] : [];
        if (lost.length + owner.length === 0 || isAltered(step, now.name)) return [];
        return tellWith(statement, step, isAbout(now.name), {
          relation: now.name,
          message: `${now.name}: ${[...lost.map((option) => `no longer has ${option}`), ...owner].join(', ')}`,
          advice: '-- say it again: CREATE VIEW … WITH (…); or, if it is meant, by ALTER VIEW in the same revision',
        });
      });
      return [...functions, ...views];
    },
  },
];

function isView({ kind }: RelationFacts): boolean {
  return kind === 'v' || kind === 'm';
}

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

function compareFunctions(pair: Pair<FunctionFacts>): readonly string[] {
  const { then, now, again } = pair;
  const lost = then.settings.filter((one) => !now.settings.includes(one));
  return [
    ...(then.definer === now.definer
      ? []
      : [`is SECURITY ${now.definer ? 'DEFINER' : 'INVOKER'}, not ${then.definer ? 'DEFINER' : 'INVOKER'}`]),
    ...lost.map((setting) => {
      const [name = ''] = setting.split('=');
      const other = now.settings.find((one) => one.startsWith(`${name}=`));
      return other === undefined ? `no longer sets ${setting}` : `sets ${other}, not ${setting}`;
    }),
    ...(then.volatility === now.volatility ? [] : [`is ${now.volatility}, not ${then.volatility}`]),
    ...(then.strict === now.strict ? [] : [now.strict ? 'is STRICT' : 'is no longer STRICT']),
    ...(again && then.owner !== now.owner ? [wordOwner(pair)] : []),
  ];
}

function wordOwner({ then }: Pair<{ readonly owner: string }>): string {
  return `belongs to the role that runs this, not to ${then.owner}`;
}

/** ALTER alone says what it changes. */
function isAltered({ statements }: MeasuredStep, name: string): boolean {
  const about = statements.filter(({ changes }) => changes.some(isAbout(name)));
  return about.length > 0 && about.every(({ label }) => label.startsWith('ALTER'));
}
