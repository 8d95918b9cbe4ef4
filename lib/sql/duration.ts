/** A length of time as PostgreSQL's settings take it: `0` (no limit) or a whole number with a unit. */
export function isDuration(text: string): boolean {
  if (text === '0') return true;
  const [, digits, unit] = /^([0-9]{1,12})(us|ms|s|min|h|d)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return false;
  const milliseconds = Number(digits) * (millisecondsOf[unit] ?? 0);
  // The server rounds `500us` to 0, which means no limit at all; and it counts milliseconds in 31 bits.
  return milliseconds >= 1 && milliseconds <= 0x7fffffff;
}

const millisecondsOf: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
