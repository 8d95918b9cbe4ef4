import type { NodeBody } from './node-readers.ts';
import type { Node } from './parser.ts';

/** Whether a WHERE picks every row: it is not there, or its constants alone make it true. What a column or a function says is not known. */
export function picksAll(condition: Node | undefined): boolean {
  return condition === undefined || truthOf(condition) === true;
}

type Truth = boolean | undefined;
function truthOf(node: Node): Truth {
  if ('A_Const' in node) return node.A_Const.boolval === undefined ? undefined : node.A_Const.boolval.boolval === true;
  if ('TypeCast' in node) return castOf(node.TypeCast);
  if ('BoolExpr' in node) return joinedOf(node.BoolExpr);
  if ('A_Expr' in node) return comparedOf(node.A_Expr);
  return undefined;
}

/** `'t'::boolean`, `1::bool` */
function castOf({ arg, typeName }: NodeBody<'TypeCast'>): Truth {
  const name = typeName?.names?.at(-1);
  const isBoolean = name !== undefined && 'String' in name && name.String.sval === 'bool';
  if (!isBoolean || arg === undefined) return undefined;
  const value = constantOf(arg);
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'string') return wordsOfTruth.get(value.trim().toLowerCase());
  return truthOf(arg);
}

/** As PostgreSQL reads them, apart from the beginnings of words. */
const wordsOfTruth: ReadonlyMap<string, boolean> = new Map([
  ...['t', 'true', 'y', 'yes', 'on', '1'].map((word) => [word, true] as const),
  ...['f', 'false', 'n', 'no', 'off', '0'].map((word) => [word, false] as const),
]);

function joinedOf({ boolop, args = [] }: NodeBody<'BoolExpr'>): Truth {
  const truths = args.map(truthOf);
  if (boolop === 'NOT_EXPR') return truths[0] === undefined ? undefined : !truths[0];
  // What decides an OR is true, and what decides an AND is false.
  const decisive = boolop === 'OR_EXPR';
  if (truths.includes(decisive)) return decisive;
  return truths.includes(undefined) ? undefined : !decisive;
}

/** `1 = 1`, `2 > 1`, `'a' <> 'b'`: two numbers, or whether two texts are the same. */
function comparedOf({ kind, name = [], lexpr, rexpr }: NodeBody<'A_Expr'>): Truth {
  if (kind !== 'AEXPR_OP' || name.length !== 1) return undefined;
  const [left, right] = [constantOf(lexpr), constantOf(rexpr)];
  if (left === undefined || typeof left !== typeof right) return undefined;
  const operator = operatorOf(name[0]);
  if (operator === '=') return left === right;
  if (operator === '<>') return left !== right;
  return typeof left === 'number' && typeof right === 'number' ? orders[operator]?.(left, right) : undefined;
}

function operatorOf(word: Node | undefined): string {
  return word !== undefined && 'String' in word ? (word.String.sval ?? '') : '';
}

const orders: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function constantOf(node: Node | undefined): number | string | undefined {
  if (node === undefined || !('A_Const' in node)) return undefined;
  const { ival, sval } = node.A_Const;
  if (ival !== undefined) return ival.ival ?? 0;
  return sval === undefined ? undefined : (sval.sval ?? '');
}
