import { quoteLiteral } from '../../sql/quote.ts';

export function addValue(object: string, value: string, behind: string): string {
  return `ALTER ${object.replace(/^type/, 'TYPE')} ADD VALUE ${quoteLiteral(value)} AFTER ${quoteLiteral(behind)};`;
}
