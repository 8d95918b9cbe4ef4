/** Whether progress and errors are asked for as lines of JSON: read from the words, as for an error in the words themselves. */
export function logsJson(argv: readonly string[]): boolean {
  return argv.some((word, index) => word === '--log=json' || (word === 'json' && argv[index - 1] === '--log'));
}
