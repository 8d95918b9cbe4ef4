import { UpdownError } from '../errors.ts';
import { placeAt } from '../sql/locate.ts';
import type { Statement } from '../sql/source.ts';
import type { BlockBody } from './block.ts';
import type { ScriptStep } from './script.ts';

/** Not every plan can be one transaction: says which step can't, and why. */
export function refuseJoined(steps: readonly ScriptStep[]): void {
  const refused = findApart(steps);
  if (refused !== undefined) throw refused;
}

/** The first reason why these steps can't be one transaction. */
export function findApart(steps: readonly ScriptStep[]): UpdownError | undefined {
  for (const step of steps) {
    const bodies = step.blocks.flatMap(({ body }) => body ?? []);
    for (const body of bodies)
      for (const statement of body.statements) {
        const refused = refuseStatement(step, body, statement);
        if (refused !== undefined) return refused;
      }
    if (!step.transactional) return refusal(step, 'its file is marked no-transaction', bodies[0], undefined);
  }
  return undefined;
}

function refuseStatement(step: ScriptStep, body: BlockBody, statement: Statement): UpdownError | undefined {
  if (!statement.transactional)
    return refusal(step, `${statement.label} cannot run inside a transaction`, body, statement);
  if (statement.addsValue === true || addsValueUnparsed(body, statement))
    return refusal(
      step,
      'a value added to an enum cannot be used before the transaction that adds it has ended',
      body,
      statement,
    );
  return undefined;
}

function addsValueUnparsed({ source }: BlockBody, { text }: Statement): boolean {
  return source.directives.unparsed && /\badd\s+value\b/i.test(text);
}

function refusal(
  step: ScriptStep,
  reason: string,
  body: BlockBody | undefined,
  at: Statement | undefined,
): UpdownError {
  const id = step.entries[0]?.id ?? '';
  return new UpdownError('input', `The plan can't be one transaction, because of revision "${id}": ${reason}`, {
    hint: 'Leave --one-transaction out: then each step is a transaction of its own. Or emit up to the revision before, and from it on, apart.',
    place: body && placeAt(body.source, at?.start ?? 0),
    subject: id,
  });
}
