import type { Change } from '../change.ts';
import { isCalled, shortName } from '../facts/names.ts';
import { isAbout, pairsOf, tellWith } from '../facts/outcome.ts';
import { outcomes } from '../facts/subjects.ts';
import type { Surveys } from '../measured.ts';
import type { TableName } from '../name-walk.ts';
import { findNames, type Names } from '../names.ts';
import { describeName } from '../object-name.ts';
import type { FunctionFacts, RelationFacts } from '../survey.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'body-names-gone',
  group: 'functions',
  place: 30,
  severity: 'error',
  title: 'A function in the database uses what is dropped or renamed',
  why: 'PostgreSQL looks up the names in a body that is a string when it runs, not when an object is dropped: from the commit on every call fails (42703, 42P01, 42883), and with a trigger function every write to its table.',
  found: 'ALTER TABLE noted DROP COLUMN legacy;',
  letBe:
    "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\nALTER TABLE noted DROP COLUMN legacy;",
  on: outcomes,
  judge: (surveys, { statement, step }) => {
    return goneIn(surveys).flatMap((gone) =>
      callersOf(gone, surveys).flatMap((caller) => {
        const words = wordFailures(caller, surveys);
        if (words === '') return [];
        return tellWith(statement, step, gone.wanted, {
          relation: gone.relation?.name,
          message: `function ${caller.signature} names ${gone.object}, which is gone: ${words}`,
          advice: `-- give ${caller.name} a body without that name first, in the same revision or before: CREATE OR REPLACE FUNCTION …`,
        });
      }),
    );
  },
});

/** A table, a column or a function that is not there any more under its name. */
interface Gone {
  /** `public.orders.code` */
  readonly object: string;
  /** As a body may write it, without a schema. */
  readonly word: string;
  readonly relation: RelationFacts | undefined;
  readonly isMeant: (names: Names, one: FunctionFacts) => boolean;
  readonly wanted: (change: Change) => boolean;
}

const known = new WeakMap<Surveys, readonly Gone[]>();

function goneIn(surveys: Surveys): readonly Gone[] {
  const found = known.get(surveys) ?? [...goneColumns(surveys), ...goneTables(surveys), ...goneFunctions(surveys)];
  known.set(surveys, found);
  return found;
}

function goneColumns(surveys: Surveys): readonly Gone[] {
  return pairsOf(surveys, 'relations').flatMap(({ then, now }) =>
    then.columns
      .filter(({ name }) => !now.columns.some((one) => one.name === name))
      .map(({ name }): Gone => {
        const isTable = (table: TableName) => isCalled(now.name, table) || isCalled(then.name, table);
        const hasToo = (table: TableName) =>
          surveys.left.relations.some(
            (one) =>
              one.oid !== now.oid && isCalled(one.name, table) && one.columns.some((column) => column.name === name),
          );
        return {
          object: `${then.name}.${name}`,
          word: name,
          relation: now,
          isMeant: ({ columns, fields }, one) =>
            columns.some(({ column, tables }) => column === name && tables.some(isTable) && !tables.some(hasToo)) ||
            (fields.includes(name) && triggersOf(one, now, surveys).length > 0),
          wanted: ({ kind, type, relation, name: gone }) =>
            (kind === 'dropped' || kind === 'renamed') &&
            type === 'column' &&
            (relation === then.name || relation === now.name) &&
            'of' in gone &&
            gone.name === name,
        };
      }),
  );
}

function goneTables({ origin, found, left }: Surveys): readonly Gone[] {
  return found.relations
    .filter(
      ({ oid, name }) =>
        origin.relations.some((one) => one.oid === oid) && !left.relations.some((one) => one.name === name),
    )
    .map((then): Gone => {
      const isLeft = (table: TableName) => left.relations.some(({ name }) => isCalled(name, table));
      return {
        object: then.name,
        word: shortName(then.name),
        relation: undefined,
        isMeant: ({ tables }) => tables.some((table) => isCalled(then.name, table) && !isLeft(table)),
        wanted: (change) => change.kind !== 'created' && (change.from === then.name || isAbout(then.name)(change)),
      };
    });
}

function goneFunctions({ origin, found, left }: Surveys): readonly Gone[] {
  const names = new Set(left.functions.map(({ called }) => called));
  return found.functions
    .filter((one) => !names.has(one.called) && origin.functions.some(({ oid }) => oid === one.oid))
    .map(
      ({ called, signature }): Gone => ({
        object: signature,
        word: called,
        relation: undefined,
        isMeant: ({ calls }) => calls.includes(called),
        wanted: (change) =>
          (change.kind === 'dropped' || change.kind === 'renamed') && describeName(change) === signature,
      }),
    );
}

/** Those that stand behind the step as they are. */
function callersOf({ word, isMeant }: Gone, { left, origin }: Surveys): readonly FunctionFacts[] {
  return left.functions.filter((one) => {
    if (!one.body.toLowerCase().includes(word.toLowerCase())) return false;
    if (!origin.functions.some(({ oid }) => oid === one.oid)) return false;
    const names = findNames(one);
    return names !== undefined && isMeant(names, one);
  });
}

function triggersOf(one: FunctionFacts, { oid }: RelationFacts, { left }: Surveys) {
  return left.triggers.filter((trigger) => trigger.function === one.oid && trigger.relation === oid);
}

/** Of a trigger function, where its triggers are; empty where nobody can call it. */
function wordFailures({ oid: own, result }: FunctionFacts, { left }: Surveys): string {
  if (result !== 'trigger') return 'a call of it fails from the commit on';
  return left.triggers
    .filter((trigger) => trigger.function === own)
    .flatMap(({ name, events, relation }) => {
      const table = left.relations.find(({ oid }) => oid === relation)?.name;
      return table === undefined ? [] : [`every ${events.join(', ')} on ${table} fails, by trigger ${name}`];
    })
    .join('; ');
}
