/** Whether somebody may hand what stands on stdout to psql, for which nothing at all is a script that went well. */
export function emitsToStdout(argv: readonly string[]): boolean {
  const names = argv.map((word) => word.split('=')[0]);
  return names.includes('--sql') && !names.some((name) => name === '--json' || name === '--output' || name === '-o');
}
