import { type Place, UpdownError } from '../errors.ts';
import type { Node } from './graph.ts';

/** Throws at the manifest's line of a revision. */
export type Fail = (id: string, ...error: ConstructorParameters<typeof UpdownError>) => never;

export function failAt(nodes: readonly Node[], file: string | undefined): Fail {
  return (id, code, message, details) => {
    // The last of the name: of two twins, the later line is the one to mend.
    const line = nodes.findLastIndex((node) => node.id === id) + 2;
    const place: { place?: Place } = file === undefined ? {} : { place: { file, line, column: 1 } };
    throw new UpdownError(code, message, { subject: id, ...place, ...details });
  };
}
