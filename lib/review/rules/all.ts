import { answerRules } from './answers.ts';
import { bodyRules } from './bodies.ts';
import { breakRules } from './breaks.ts';
import { computedRules } from './computed.ts';
import { constraintRules } from './constraints.ts';
import { indexRules } from './indexes.ts';
import { lockRules } from './locks.ts';
import { partitionRules } from './partitions.ts';
import { publicationRules } from './publications.ts';
import { restRules } from './rest.ts';
import { rewriteRules } from './rewrites.ts';
import { rightRules } from './rights.ts';
import { rowSecurityRules } from './row-security.ts';
import type { Rule } from './rule.ts';
import { sequenceRules } from './sequences.ts';
import { thereRules } from './there.ts';
import { triggerRules } from './triggers.ts';
import { typeRules } from './types.ts';

/** About the file itself: judged where all findings of it are known. */
const fileRules: readonly Rule[] = [
  {
    id: 'allow-unused',
    severity: 'warning',
    title: 'An "allow" lets nothing pass',
    why: 'It would hide what a later edit of the file brings.',
    bad: '-- updown: allow drop-table: not needed any more\nCREATE TABLE other (id integer);',
    good: '-- updown: allow drop-table: not needed any more\nDROP TABLE logs;',
    judge: () => [],
  },
  {
    id: 'allow-unknown',
    severity: 'warning',
    title: 'An "allow" names no rule',
    why: 'It is a slip of the pen, or a rule of another version: nothing is let pass.',
    bad: '-- updown: allow drop-tables: not needed any more\nCREATE TABLE other (id integer);',
    good: '-- updown: allow drop-table: not needed any more\nDROP TABLE logs;',
    judge: () => [],
  },
];

/** Every rule that a review judges by, in the order in which they are listed. docs/rules has a page for each. */
export const rules: readonly Rule[] = [
  ...indexRules,
  ...constraintRules,
  ...rewriteRules,
  ...partitionRules,
  ...lockRules,
  ...restRules,
  ...breakRules,
  ...answerRules,
  ...bodyRules,
  ...computedRules,
  ...sequenceRules,
  ...rightRules,
  ...rowSecurityRules,
  ...triggerRules,
  ...publicationRules,
  ...typeRules,
  ...thereRules,
  ...fileRules,
];
