import { saysCascade } from '../../sql/edit.ts';
import type { Node } from '../../sql/parser.ts';
import type { MeasuredStatement } from '../measured.ts';
import { parseLoosely } from '../parsed.ts';
import { queriesIn } from '../plpgsql.ts';
import { says } from '../statement-words.ts';

/** It does what it does by way of a block, a function or a query: its own text tells little, and nothing can be added to it. */
export function isIndirect({ label }: MeasuredStatement): boolean {
  return !/^(ALTER|ANALYZE|CLUSTER|COMMENT|COPY|CREATE|DROP|GRANT|IMPORT|LOCK|REASSIGN|REFRESH|REINDEX|REVOKE|SECURITY|TRUNCATE|VACUUM)\b/.test(
    label,
  );
}

/** What it is, and what it runs where it is a block. */
export function nodesOf({ text, label }: MeasuredStatement): readonly Node[] {
  return label === 'DO' ? queriesIn(text) : (parseLoosely(text) ?? []);
}

/** In a block or a call it may be said in a literal. */
export function isCascading({ text, label }: MeasuredStatement): boolean {
  const isShown = !/^(DO|SELECT|CALL|EXECUTE|WITH)\b/.test(label) && parseLoosely(text) !== undefined;
  return isShown ? saysCascade(text) : says(text, 'cascade');
}
