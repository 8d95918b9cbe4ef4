import { UpdownError } from '../errors.ts';
import { listRoutines } from '../ledger/text.ts';
import type { ServerMessage } from './server-message.ts';

/** A part of the ledger that somebody has dropped: undefined where that is not what the server says. Found by name, as its words may be in any language. */
export function wordMissing(
  { code, message }: Pick<ServerMessage, 'code' | 'message'>,
  schema: string,
): UpdownError | undefined {
  if (code !== '42883') return undefined;
  const found = listRoutines().find(([, name]) => message.includes(`${schema}.${name}(`));
  return found && missing(schema, ...found);
}

/** `kind` as CREATE has it. */
export function missing(schema: string, kind: string, name: string): UpdownError {
  return new UpdownError(
    'damaged-ledger',
    `The ledger in schema "${schema}" lacks its ${kind.toLowerCase()} "${name}", or has another one of that name`,
    {
      hint: `Make it again: run the CREATE ${kind} that \`updown upgrade --sql --bootstrap\` prints for it. Nothing else of the ledger has to change.`,
    },
  );
}
