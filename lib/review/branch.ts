/** Of what a table or an index says of its parents in a snapshot: `FOR VALUES IN (1) of public.events`. */
export interface Parent {
  readonly of: readonly string[];
  readonly bound?: string | undefined;
}

/** Storage parameters and the like stand before it. */
export function parentIn(settings: string): Parent | undefined {
  const [, bound, names] =
    /(?:^| )(?:((?:FOR VALUES |DEFAULT(?= of )).*?) )?of ((?:"(?:[^"]|"")*"|[^"' ]|, )+)$/.exec(settings) ?? [];
  if (names === undefined) return undefined;
  return { of: names.split(', '), bound };
}
