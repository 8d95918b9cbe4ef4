import type { Decision, ForeignFile } from './foreign.ts';

/** What a diesel `metadata.toml` says. */
export interface Metadata {
  readonly runInTransaction: boolean;
  readonly decisions: readonly Decision[];
}

/** Reads the one key diesel knows; every other line is reported, never guessed at. */
export function readMetadata(file: ForeignFile): Metadata {
  const lines = new TextDecoder().decode(file.bytes).split(/\r\n|\n/);
  const decisions: Decision[] = [];
  let runInTransaction = true;
  let table = false;
  for (const [index, line] of lines.entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    table ||= text.startsWith('[');
    const value = table ? undefined : readSetting(text);
    if (value === undefined) decisions.push(report(file.path, index + 1, text));
    else runInTransaction = value;
  }
  return { runInTransaction, decisions };
}

function readSetting(text: string): boolean | undefined {
  const match = /^(["']?)run_in_transaction\1\s*=\s*(true|false)\s*(#.*)?$/.exec(text);
  return match ? match[2] === 'true' : undefined;
}

function report(file: string, line: number, text: string): Decision {
  return {
    kind: 'settings',
    file,
    line,
    message: `"${text}" is not a setting this import knows`,
    hint: 'Only "run_in_transaction = true" or "= false" is read. Check that the migration needs nothing else.',
  };
}
