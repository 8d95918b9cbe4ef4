export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A stretch of work, as OpenTelemetry has it. Times are in milliseconds since 1970. */
export interface Span {
  readonly name: string;
  /** Whether it is one call of the database. */
  readonly isCall: boolean;
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  readonly marks: readonly Mark[];
  readonly failed: boolean;
  readonly children: readonly Span[];
}

/** Something that happened within it. */
export interface Mark {
  readonly name: string;
  readonly at: number;
  readonly attributes: Attributes;
}
