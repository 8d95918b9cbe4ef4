/** A length of time as PostgreSQL's settings take it: `0` (no limit) or a whole number with a unit. */
export function isDuration(text: string): boolean {
  const milliseconds = toMilliseconds(text);
  // The server rounds `500us` to 0, which means no limit at all; and it counts milliseconds in 31 bits.
  return milliseconds === 0
    ? text === '0'
    : milliseconds !== undefined && milliseconds >= 1 && milliseconds <= 0x7fffffff;
}

/** Undefined where it is no length of time. */
export function toMilliseconds(text: string): number | undefined {
  if (text === '0') return 0;
  const [, digits, unit] = /^([0-9]{1,12})(us|ms|s|min|h|d)$/.exec(text) ?? [];
  return digits === undefined || unit === undefined ? undefined : Number(digits) * (millisecondsOf[unit] ?? 0);
}

const millisecondsOf: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
