/** One change of a database that the pieces before it have made. */
export interface Piece {
  readonly sql: string;
  /** The major version that it needs. */
  readonly since: number;
  /** What a comparison says of it; undefined where a later piece only needs it. */
  readonly words: readonly string[] | undefined;
}

/** Pieces stand between empty lines: `-- setup` or `-- since 18` in front of the SQL, and behind it `--> ` and what it changes, line by line. */
export function readPieces(text: string): readonly Piece[] {
  const [, ...blocks] = text.trim().split(/\n\n+/);
  return blocks.map((block) => {
    const lines = block.split('\n');
    const since = /^-- since (\d+)$/m.exec(block)?.[1] ?? '0';
    const words = lines.flatMap((line) => (line.startsWith('--> ') ? [line.slice(4)] : []));
    const sql = lines.filter((line) => !line.startsWith('--')).join('\n');
    return { sql, since: Number(since), words: lines.includes('-- setup') ? undefined : words };
  });
}
