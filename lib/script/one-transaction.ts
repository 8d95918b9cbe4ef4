import { UpdownError } from '../errors.ts';
import { placeAt } from '../sql/locate.ts';
import type { Statement } from '../sql/source.ts';
import type { BlockBody } from './block.ts';
import type { ScriptStep } from './script.ts';

/** Not every plan can be one transaction: says which step can't, and why. */
export function refuseJoined(steps: readonly ScriptStep[]): void {
  for (const step of steps) {
    const bodies = step.blocks.flatMap(({ body }) => body ?? []);
    for (const body of bodies) for (const statement of body.statements) refuseStatement(step, body, statement);
    if (!step.transactional) throw refusal(step, 'its file is marked no-transaction', bodies[0], undefined);
  }
}

function refuseStatement(step: ScriptStep, body: BlockBody, statement: Statement): void {
  if (!statement.transactional)
    throw refusal(step, `${statement.label} cannot run inside a transaction`, body, statement);
  if (statement.addsValue === true || addsValueUnparsed(body, statement))
    throw refusal(
      step,
      'a value added to an enum cannot be used before the transaction that adds it has ended',
      body,
      statement,
    );
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
