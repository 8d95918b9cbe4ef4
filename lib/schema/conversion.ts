/**
 * What ALTER COLUMN ... TYPE makes of values: `keeps` all of them as they are; `fails` where one does not fit into the new type; or `rounds`:
 * it rounds values or cuts something off without an error (and fails where one is out of range even so).
 */
export type Conversion = 'keeps' | 'fails' | 'rounds';

/** From the names of the two types, as format_type() prints them. A type that is not known here is taken to fail. */
export function conversionOf(from: string, to: string): Conversion {
  if (from === to) return 'keeps';
  const [before, after] = [readType(from), readType(to)];
  if (before.dimensions > 0 || after.dimensions > 0) return ofArrays(before, after);
  if (after.base === 'text' || (after.base === 'character varying' && after.numbers.length === 0)) return 'keeps';
  const [first, second] = [familyOf(before), familyOf(after)];
  if (first !== undefined && first === second) return conversions[first](before, after);
  const cuts = first === 'text' ? cutsText(after) : cut.has(`${before.base} > ${after.base}`);
  return cuts ? 'rounds' : 'fails';
}

interface Type {
  /** `timestamp with time zone`, `interval day to second` */
  readonly base: string;
  /** What stands in parentheses: `numeric(10,2)` has 10 and 2. */
  readonly numbers: readonly number[];
  readonly dimensions: 0 | 1;
}

function readType(text: string): Type {
  const element = text.replace(/\[\]$/, '');
  const [, numbers = ''] = /\((-?\d+(?:,-?\d+)?)\)/.exec(element) ?? [];
  return {
    base: element.replace(/\(-?\d+(?:,-?\d+)?\)/, ''),
    numbers: numbers === '' ? [] : numbers.split(',').map(Number),
    dimensions: element === text ? 0 : 1,
  };
}

/** Each element is converted by itself. An array and a single value are not. */
function ofArrays(before: Type, after: Type): Conversion {
  if (before.dimensions !== after.dimensions)
    return after.base === 'text' && after.dimensions === 0 ? 'keeps' : 'fails';
  return conversionOf(printElement(before), printElement(after));
}

function printElement({ base, numbers }: Type): string {
  return numbers.length === 0 ? base : `${base}(${numbers.join(',')})`;
}

type Family = 'number' | 'text' | 'time';

const families: Readonly<Record<Family, RegExp>> = {
  number: /^(smallint|integer|bigint|numeric|real|double precision|money)$/,
  text: /^(text|character varying|character)$/,
  time: /^(date|timestamp|time|interval)\b/,
};

function familyOf({ base }: Type): Family | undefined {
  return (Object.keys(families) as Family[]).find((family) => families[family].test(base));
}

const conversions: Readonly<Record<Family, (before: Type, after: Type) => Conversion>> = {
  number: ofNumbers,
  text: ofTexts,
  time: ofTimes,
};

/**
 * How many decimal digits a number has before and after the decimal point. `numeric(3,-2)` rounds to hundreds: `whole` is 5 and `fraction` -2.
 */
interface Digits {
  readonly whole: number;
  readonly fraction: number;
}

const integers: Readonly<Record<string, number>> = { smallint: 5, integer: 10, bigint: 19 };
/** The number of decimal digits that stay as they are. */
const floats: Readonly<Record<string, number>> = { real: 6, 'double precision': 15 };

/** How many digits a value may have; undefined where there is no limit that is known. */
function digitsOf({ base, numbers: [precision, scale = 0] }: Type): Digits | undefined {
  const whole = integers[base];
  if (whole !== undefined) return { whole, fraction: 0 };
  return base === 'numeric' && precision !== undefined ? { whole: precision - scale, fraction: scale } : undefined;
}

function ofNumbers(before: Type, after: Type): Conversion {
  const digits = digitsOf(before);
  const exact = floats[after.base];
  if (exact !== undefined) return isExact(before, digits, exact) ? 'keeps' : 'rounds';
  if (after.base === 'numeric' && after.numbers.length === 0) return before.base in floats ? 'rounds' : 'keeps';
  const room = digitsOf(after);
  if (room === undefined || digits === undefined || digits.fraction > room.fraction) return 'rounds';
  return fits(before, digits, after, room) ? 'keeps' : 'fails';
}

/** Whether so many digits are all. */
function isExact({ base }: Type, digits: Digits | undefined, exact: number): boolean {
  if (digits === undefined) return (floats[base] ?? Number.POSITIVE_INFINITY) <= exact;
  return digits.whole + Math.max(digits.fraction, 0) <= exact;
}

/** The greatest integer has as many digits as the least number that is too large. */
function fits(before: Type, digits: Digits, after: Type, room: Digits): boolean {
  const isOfIntegers = before.base in integers && after.base in integers;
  const most = after.base in integers && !isOfIntegers ? room.whole - 1 : room.whole;
  return digits.whole <= most;
}

function ofTexts({ numbers: [length] }: Type, { base, numbers: [room] }: Type): Conversion {
  if (room === undefined) return base === 'character' ? 'fails' : 'keeps';
  return length !== undefined && length <= room ? 'keeps' : 'fails';
}

/** Without a number, times have six digits after the point. */
const mostDigits = 6;

function ofTimes(before: Type, after: Type): Conversion {
  const digits = hasSeconds(before) ? (before.numbers[0] ?? mostDigits) : 0;
  const [room = mostDigits] = after.numbers;
  return room >= digits && holdsAll(before.base, after.base) ? 'keeps' : 'rounds';
}

function hasSeconds({ base }: Type): boolean {
  return base !== 'date' && (!base.startsWith('interval ') || base.endsWith('second'));
}

/** Fields such as `day to second` cut off what is finer. */
function holdsAll(before: string, after: string): boolean {
  if (before === after || (before.startsWith('interval ') && after === 'interval')) return true;
  return holds[after]?.includes(before) ?? false;
}

/** The types of which each value is one of the type, too. A time zone that is missing, or left out, is the session's. */
const holds: Readonly<Record<string, readonly string[]>> = {
  'timestamp without time zone': ['date', 'timestamp with time zone'],
  'timestamp with time zone': ['date', 'timestamp without time zone'],
  'time with time zone': ['time without time zone'],
  interval: ['time without time zone'],
};

/** Casts that leave something out. */
const cut: ReadonlySet<string> = new Set(['json > jsonb', 'inet > cidr', 'integer > boolean']);

/** Whether a text that is read as a value of that type may say more than the value does: a time may have a zone, and a date. */
function cutsText(to: Type): boolean {
  return (
    to.numbers.length > 0 ||
    familyOf(to) === 'time' ||
    /^(real|double precision|money|jsonb|name|"char"|bit.*)$/.test(to.base)
  );
}
