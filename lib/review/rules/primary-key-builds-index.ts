import { builtBehind, builtToAttach } from '../advice/key-builds.ts';
import { either, newConstraints, newPartitions } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'primary-key-builds-index',
  group: 'constraints',
  place: 20,
  severity: 'error',
  title: 'A primary key builds its index under ACCESS EXCLUSIVE',
  why: 'Reads and writes are blocked while the index is built, and the columns are read once more if they may be NULL.',
  found: 'ALTER TABLE logs ADD PRIMARY KEY (id);',
  letBe: 'CREATE TABLE other (id integer PRIMARY KEY);',
  on: either(newConstraints('primary key'), newPartitions),
  judge: (subject, { statement }) =>
    'constraint' in subject ? builtBehind(statement, subject) : builtToAttach(statement, subject, 'primary key'),
});
