/** Whether each value of the one type is one of the other, as far as the names of the two say it. */
export function isWider(from: string, to: string): boolean {
  if (from === to) return true;
  if (from.endsWith('[]') && to.endsWith('[]')) return isWider(from.slice(0, -2), to.slice(0, -2));
  if (/^(text|character varying)$/.test(to)) return true;
  return isWiderNumber(from, to) || isWiderText(from, to) || withoutPrecision(from) === withoutPrecision(to);
}

const integers = ['smallint', 'integer', 'bigint'];

function isWiderNumber(from: string, to: string): boolean {
  const [at, other] = [integers.indexOf(from), integers.indexOf(to)];
  if (at !== -1) return other > at || /^(numeric|real|double precision)$/.test(to);
  if (from === 'real') return to === 'double precision';
  const digits = readNumeric(from);
  const room = readNumeric(to);
  if (digits === undefined) return false;
  return to === 'numeric' || (room !== undefined && room.whole >= digits.whole && room.scale >= digits.scale);
}

function readNumeric(type: string): { readonly whole: number; readonly scale: number } | undefined {
  const [, precision, scale = '0'] = /^numeric\((\d+)(?:,(-?\d+))?\)$/.exec(type) ?? [];
  return precision === undefined ? undefined : { whole: Number(precision) - Number(scale), scale: Number(scale) };
}

function isWiderText(from: string, to: string): boolean {
  const [length, room] = [from, to].map((type) => /^character(?: varying)?\((\d+)\)$/.exec(type)?.[1]);
  return length !== undefined && room !== undefined && Number(room) >= Number(length);
}

/** Of a time it says how it is rounded. */
function withoutPrecision(type: string): string {
  return /^(time|interval)/.test(type) ? type.replace(/\(\d\)/, '') : type;
}
