/** The parts of the process a command line needs; tests hand over their own. */
export type Host = Pick<
  NodeJS.Process,
  'stdin' | 'stdout' | 'stderr' | 'env' | 'cwd' | 'on' | 'removeListener' | 'exit'
>;
