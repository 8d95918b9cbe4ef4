import { failures } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'not-measured',
  group: 'compatibility',
  place: 200,
  severity: 'error',
  title: 'A statement needs what scratch lacks',
  why: 'An extension, a part of the history, or a schema, type or function that no file creates is missing on scratch: the locks and effects of this statement are unknown.',
  found: 'CREATE EXTENSION nobody_has_this;',
  letBe: 'CREATE EXTENSION IF NOT EXISTS plpgsql;',
  unallowable: true,
  on: failures,
  judge: ({ code, message, cause }) =>
    cause === 'missing'
      ? [
          {
            message: `not measured: ${message} (${code})`,
            advice:
              '-- make what it needs in a file that "scratch": { "setup": "<file>" } of updown.json names,\n-- or name a server that has it: --scratch postgres://…; if the name is misspelt, correct it',
          },
        ]
      : [],
});
