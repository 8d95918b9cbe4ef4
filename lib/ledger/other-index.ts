import { bodyOf } from './text.ts';

/**
 * What the ledger's check_other asks, where there is no ledger: of one row of `asked`, with the columns `candidate` (oid), `shape` (jsonb) and
 * `definition`, which is as the server words it under the file's path. To be asked under `ownPath`.
 */
export function printOther(): string {
  const fits = `(${bodyOf('fits', 'ledger')})`;
  const exactly = `(${bodyOf('is_exactly', 'ledger').replace('ledger.define(candidate, path)', 'definition')})`;
  const other = bodyOf('is_other', 'ledger')
    .replace('ledger.fits(candidate, shape)', fits)
    .replace('ledger.is_exactly(candidate, shape, path)', () => exactly);
  return `SELECT (${other})::text AS other FROM asked`;
}
