import { isAbout, isView, type Pair, pairsOf, tellWith } from '../facts/outcome.ts';
import { outcomes } from '../facts/subjects.ts';
import type { MeasuredStep } from '../measured.ts';
import type { FunctionFacts } from '../survey.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'made-again-otherwise',
  group: 'functions',
  place: 20,
  severity: 'warning',
  title: 'A function or a view has lost properties besides its definition',
  why: 'DROP and CREATE, and also CREATE OR REPLACE, give a function the SECURITY, settings and volatility of the new text, not those that it had; a view that is created again has the options of its text.',
  found: "CREATE OR REPLACE FUNCTION guarded() RETURNS integer LANGUAGE sql AS 'SELECT 2';",
  letBe: "CREATE OR REPLACE FUNCTION guarded() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 2';",
  on: outcomes,
  judge: (surveys, { statement, step }) => {
    const functions = pairsOf(surveys, 'functions').flatMap((pair) => {
      const differences = compareFunctions(pair);
      const { now } = pair;
      if (differences.length === 0 || isAltered(step, now.signature)) return [];
      return tellWith(statement, step, isAbout(now.signature), {
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
});

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
