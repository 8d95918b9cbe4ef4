import { UpdownError } from '../errors.ts';
import { fillKnown } from './raise.ts';
import { codes, type Refusal, refusalOf, refusals, type SharedReason } from './refusals.ts';

/** What a run refuses by itself, in the words in which the ledger or a script would. */
export function refusalError(reason: SharedReason, schema: string, said: readonly string[] = []): UpdownError {
  const refusal = refusalOf(reason);
  // What is said of the case comes last: a table may be called `{schema}`.
  const known = { message: fillKnown(refusal.message, schema), hint: fillKnown(refusal.hint, schema) };
  const { message, hint } = fillRefusal(known, said);
  return new UpdownError(codes[refusal.sqlstate] ?? 'sql', message, { hint });
}

/** What the ledger would ask of a step outside a transaction. */
export function wordRefusal(
  reason: 'blind' | 'session gone' | 'session gone, asked',
  said: readonly string[],
): Pick<Refusal, 'message' | 'hint'> {
  return fillRefusal(refusals.rest[reason] as Refusal, said);
}

type Words = Pick<Refusal, 'message' | 'hint'>;

function fillRefusal({ message, hint }: Words, said: readonly string[]): Words {
  const fill = (text: string) => text.replace(/%(\d)\$s/g, (_, number) => said[number - 1] ?? '');
  return { message: capitalize(fill(message)), hint: fill(hint) };
}

function capitalize(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
