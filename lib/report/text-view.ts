/** How it may be painted, and what may be drawn. */
export interface TextView {
  /** Columns; SQL is not broken to fit. */
  readonly width: number;
  readonly unicode: boolean;
  readonly style: Readonly<Record<'bold' | 'dim' | 'good' | 'bad' | 'warn', (text: string) => string>>;
}
