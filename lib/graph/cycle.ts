/** One concrete cycle, lower before upper, its smallest id first; only its members. Undefined when there is none. */
export function findCycle(
  ids: readonly string[],
  below: (id: string) => readonly string[],
): readonly string[] | undefined {
  const done = new Set<string>();
  for (const start of ids) {
    const cycle = descend(start, below, done);
    if (cycle !== undefined) return rotate(cycle.reverse());
  }
  return undefined;
}

/** Depth first, with a stack of its own: a chain of 100,000 would overflow the engine's. */
function descend(start: string, below: (id: string) => readonly string[], done: Set<string>): string[] | undefined {
  const path: string[] = [];
  const onPath = new Set<string>();
  const iterators: Iterator<string>[] = [];
  const enter = (id: string): void => {
    path.push(id);
    onPath.add(id);
    iterators.push(below(id).values());
  };
  if (!done.has(start)) enter(start);
  while (path.length > 0) {
    const { value: next, done: over } = iterators.at(-1)!.next();
    if (over === true) {
      const left = path.pop()!;
      iterators.pop();
      onPath.delete(left);
      done.add(left);
    } else if (onPath.has(next)) {
      return path.slice(path.indexOf(next));
    } else if (!done.has(next)) {
      enter(next);
    }
  }
  return undefined;
}

function rotate(cycle: readonly string[]): readonly string[] {
  const at = cycle.indexOf(cycle.toSorted()[0]!);
  return [...cycle.slice(at), ...cycle.slice(0, at)];
}
