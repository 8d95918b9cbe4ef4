import { type LookAlike, nameThing, sanitizeLine, wordThing } from '../index.ts';
import type { Call } from './action.ts';
import { printText } from './text/message.ts';

type Choose = NonNullable<Call['choose']>;

/** Shows why something may have another name, and asks. */
export async function askRename(
  choose: Choose,
  { old, now, evidence }: LookAlike,
): Promise<'rename' | 'drop' | undefined> {
  const [from, to] = [sanitizeLine(wordThing(old)), sanitizeLine(nameThing(now))];
  const answers = [`rename ${from} to ${to}, and keep its data`, `drop ${from} with its data, and create ${to}`];
  const at = await choose(
    (view) => printText(`${from} is missing, and ${to} is new: ${sanitizeLine(evidence)}.`, view),
    answers,
  );
  return at === 0 ? 'rename' : at === 1 ? 'drop' : undefined;
}
