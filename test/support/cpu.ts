/** Milliseconds that this process computes while the work is done: what else the machine does is not in it. */
export async function computing(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
