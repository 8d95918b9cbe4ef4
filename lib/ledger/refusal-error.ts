import { UpdownError } from '../errors.ts';
import { fillKnown } from './raise.ts';
import { codes, type Refusal, refusalOf, refusals, type SharedReason } from './refusals.ts';

/** What a run refuses by itself, in the words in which the ledger or a script would. */
export function refusalError(reason: SharedReason, schema: string, said: readonly string[] = []): UpdownError {
  const refusal = refusalOf(reason);
  const { message, hint } = fillRefusal(refusal, said);
  const [words, next] = [message, hint].map((text) => fillKnown(text, schema));
  return new UpdownError(codes[refusal.sqlstate] ?? 'sql', words ?? '', { hint: next });
}

/** What the ledger would ask of a step outside a transaction. */
export function wordRefusal(
  reason: 'blind' | 'session gone' | 'session gone, asked',
  said: readonly string[],
): Pick<Refusal, 'message' | 'hint'> {
  return fillRefusal(refusals.rest[reason] as Refusal, said);
}

function fillRefusal({ message, hint }: Refusal, said: readonly string[]): Pick<Refusal, 'message' | 'hint'> {
  const fill = (text: string) => text.replace(/%(\d)\$s/g, (_, number) => said[number - 1] ?? '');
  return { message: capitalize(fill(message)), hint: fill(hint) };
}

function capitalize(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
