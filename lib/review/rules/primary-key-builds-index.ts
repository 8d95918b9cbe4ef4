import { builtBehind, builtToAttach } from '../advice/key-builds.ts';
import type { Rule } from './rule.ts';

export const rule: Rule = {
  id: 'primary-key-builds-index',
  group: 'constraints',
  place: 20,
  severity: 'error',
  title: 'A primary key builds its index under ACCESS EXCLUSIVE',
  why: 'Neither reads nor writes get through while the index is built, and the columns are read once more where they may be null.',
  bad: 'ALTER TABLE logs ADD PRIMARY KEY (id);',
  good: 'CREATE TABLE other (id integer PRIMARY KEY);',
  judge: (statement) => [...builtBehind(statement, 'primary key'), ...builtToAttach(statement, 'primary key')],
};
