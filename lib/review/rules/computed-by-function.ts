import { wordsIn } from '../../sql/parser.ts';
import { isAbout, pairsOf, tellWith } from '../facts/outcome.ts';
import { outcomes } from '../facts/subjects.ts';
import type { Surveys } from '../measured.ts';
import { findNames } from '../names.ts';
import type { FunctionFacts, Use } from '../survey.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'computed-by-function',
  group: 'functions',
  place: 40,
  severity: 'error',
  title: 'The function of an index, a CHECK or a generated column changes',
  why: 'What an index, a generated column or a partition key contains was computed by the old body, and is not computed again: queries that use it miss rows, without an error. A CHECK may now refuse rows that it has accepted, and so may a restore of a dump.',
  found:
    "CREATE OR REPLACE FUNCTION folded(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN upper(t); END';",
  letBe:
    "CREATE OR REPLACE FUNCTION folded(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN\n  RETURN lower(t); -- as ever\nEND';",
  on: outcomes,
  judge: (surveys, { statement, step }) => {
    return pairsOf(surveys, 'functions')
      .filter(({ then, now, again }) => !again && computesOtherwise(then, now))
      .flatMap(({ now }) => {
        const uses = usesOf(now, surveys);
        const [first] = uses;
        if (first === undefined) return [];
        const table = surveys.left.relations.find(({ oid }) => oid === first.relation)?.name;
        return tellWith(statement, step, isAbout(now.signature), {
          relation: table,
          message: `${uses.map(({ object }) => object).join(', ')}: computed by the old body of ${now.signature}, and not computed again`,
          advice: adviseOn(now, uses),
        });
      });
  },
});

/** Another space or comment is no other body. */
function computesOtherwise(then: FunctionFacts, now: FunctionFacts): boolean {
  if (then.language !== now.language || then.strict !== now.strict) return true;
  return then.body !== now.body && wordsOf(then).join('\n') !== wordsOf(now).join('\n');
}

function wordsOf({ language, body }: FunctionFacts): readonly string[] {
  if (language !== 'sql' && language !== 'plpgsql') return [body];
  try {
    return wordsIn(body);
  } catch {
    return [body];
  }
}

/** Its own, and those of functions that call it; not what the same step computed again. */
function usesOf(changed: FunctionFacts, { origin, found, left }: Surveys): readonly Use[] {
  const callers = new Set([changed.oid]);
  for (const oid of callers) {
    const called = left.functions.find((one) => one.oid === oid)?.called ?? '';
    for (const one of left.functions)
      if (one.body.includes(called) && findNames(one)?.calls.includes(called)) callers.add(one.oid);
  }
  const isOld = (use: Use) =>
    origin.uses.some(({ oid }) => oid === use.oid) &&
    found.uses.some(({ oid, kind, file }) => oid === use.oid && kind === use.kind && file === use.file);
  const uses = left.uses.filter((use) => callers.has(use.function) && isOld(use));
  return [...new Map(uses.map((use) => [use.object, use])).values()].sort((a, b) => (a.object < b.object ? -1 : 1));
}

const mend: Readonly<Record<Use['kind'], string>> = {
  index:
    'REINDEX INDEX CONCURRENTLY the index, in a revision of its own right after this one: until then it gives wrong results',
  check: 'drop the constraint and add it again (NOT VALID, then VALIDATE), to see which rows it would refuse now',
  'generated column': 'rewrite its rows, or make the column again',
  'partition key': 'rows stand in the wrong partitions: move them, or keep this function as it is',
  statistics: 'ANALYZE the table',
};

function adviseOn({ name }: FunctionFacts, uses: readonly Use[]): string {
  const kinds = [...new Set(uses.map(({ kind }) => kind))];
  return [
    `-- leave ${name} as it is, and give the new body another name; then a new index, constraint or column over that one.`,
    '-- Or, where it must be this one:',
    ...kinds.map((kind) => `-- ${mend[kind]}`),
  ].join('\n');
}
