import { structureMark } from '../project/structure-file.ts';
import { sanitizeLine } from '../sql/quote.ts';
import type { Structure } from './structure.ts';

/** One text to be run as it is, in an empty database. Of the same schema it is the same, byte for byte. */
export function printStructure({ major, objects, unwritten, hasBodies }: Structure): string {
  const head = [
    `${structureMark}${major}, as SQL that makes it in an empty database: updown snapshot --sql`,
    ...unwritten.map(({ subject, why }) => `-- not written: ${sanitizeLine(subject)}: ${sanitizeLine(why)}`),
  ];
  const blocks = objects.map((statements) => statements.join('\n'));
  const whole = hasBodies ? ['SET check_function_bodies = off;', ...blocks, 'RESET check_function_bodies;'] : blocks;
  return [head.join('\n'), ...whole].map((block) => `${block}\n`).join('\n');
}
