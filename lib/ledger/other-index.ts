import { quoteLiteral } from '../sql/quote.ts';
import type { IndexShape } from '../sql/source.ts';
import { bodyOf } from './text.ts';

/**
 * What the ledger's check_other asks, where there is no ledger; the definition is as the server words it under the file's path. To be asked
 * under `ownPath`.
 */
export function printOther(candidate: number, shape: IndexShape, definition: string): string {
  const values = `${candidate}::oid, ${quoteLiteral(JSON.stringify(shape))}::jsonb, ${quoteLiteral(definition)}::text`;
  const fits = `(${bodyOf('fits', 'ledger')})`;
  const exactly = `(${bodyOf('is_exactly', 'ledger').replace('ledger.define(candidate, path)', 'definition')})`;
  const other = bodyOf('is_other', 'ledger')
    .replace('ledger.fits(candidate, shape)', fits)
    .replace('ledger.is_exactly(candidate, shape, path)', () => exactly);
  return `SELECT (${other})::text AS other FROM (VALUES (${values})) AS asked (candidate, shape, definition)`;
}
