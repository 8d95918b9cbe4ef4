import { type LookAlike, nameThing, sanitizeLine, wordThing } from '../index.ts';
import type { Call } from './action.ts';

type Choose = NonNullable<Call['choose']>;

/** Shows why something may have another name, and asks. */
export async function askRename(
  choose: Choose,
  { old, now, evidence }: LookAlike,
): Promise<'rename' | 'drop' | undefined> {
  const [from, to] = [sanitizeLine(wordThing(old)), sanitizeLine(nameThing(now))];
  const answers = [
    `${from} is called ${to} now: what is in it stays`,
    `${from} is dropped, with all that is in it, and ${to} is new`,
  ];
  const at = await choose(() => `${from} goes, and ${to} comes: ${sanitizeLine(evidence)}.`, answers);
  return at === 0 ? 'rename' : at === 1 ? 'drop' : undefined;
}
