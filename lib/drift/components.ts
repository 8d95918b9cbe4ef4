/** The strongly connected components of a graph: of each node the number of its component. Two nodes have the same one where each can be reached from the other. */
export function findComponents<N>(nodes: Iterable<N>, next: (node: N) => Iterable<N>): ReadonlyMap<N, number> {
  const components = new Map<N, number>();
  const order = new Map<N, number>();
  const low = new Map<N, number>();
  const open: N[] = [];
  let count = 0;
  const lower = (node: N, value: number) => low.set(node, Math.min(low.get(node) ?? value, value));
  const close = (node: N) => {
    if (low.get(node) !== order.get(node)) return;
    for (let last = open.pop(); last !== undefined; last = open.pop()) {
      components.set(last, count);
      if (last === node) break;
    }
    count++;
  };
  // A chain of dependencies may be longer than the stack of calls is deep.
  const stack: { readonly node: N; readonly others: Iterator<N> }[] = [];
  const enter = (node: N) => {
    order.set(node, order.size);
    low.set(node, order.size - 1);
    open.push(node);
    stack.push({ node, others: next(node)[Symbol.iterator]() });
  };
  const leave = (node: N) => {
    stack.pop();
    close(node);
    const above = stack.at(-1);
    if (above !== undefined) lower(above.node, low.get(node) ?? 0);
  };
  const walk = () => {
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { value, done } = top.others.next();
      if (done) leave(top.node);
      else if (!order.has(value)) enter(value);
      else if (!components.has(value)) lower(top.node, order.get(value) ?? 0);
    }
  };
  for (const first of nodes) {
    if (order.has(first)) continue;
    enter(first);
    walk();
  }
  return components;
}
