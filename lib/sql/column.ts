/** Whole numbers, one behind the other, four bytes each: of a file with a million statements, an object for each is larger than the file. */
export interface Column {
  readonly length: number;
  at(index: number): number;
  push(value: number): void;
}

export function createColumn(): Column {
  // All but the first are of full length: of a long column nothing is copied as it grows.
  const parts = [new Uint32Array(16)];
  let length = 0;
  return {
    get length() {
      return length;
    },
    at: (index) => parts[index >>> partBits]?.[index & partMask] ?? 0,
    push: (value) => {
      const [first] = parts as [Uint32Array];
      if (length === first.length && length <= partMask) {
        parts[0] = new Uint32Array(length * 2);
        parts[0].set(first);
      } else if (length > 0 && (length & partMask) === 0) parts.push(new Uint32Array(partMask + 1));
      const part = parts[length >>> partBits] ?? first;
      part[length & partMask] = value;
      length++;
    },
  };
}

const partBits = 16;
const partMask = (1 << partBits) - 1;

/** An array to read from, whose elements are made each time they are asked for. */
export function viewOf<T>(length: number, at: (index: number) => T): readonly T[] {
  const indexOf = (key: string | symbol): number => {
    const index = typeof key === 'string' ? Number(key) : Number.NaN;
    return Number.isInteger(index) && index >= 0 && index < length ? index : -1;
  };
  return new Proxy<T[]>([], {
    get: (target, key) => {
      if (key === 'length') return length;
      const index = indexOf(key);
      return index === -1 ? Reflect.get(target, key) : at(index);
    },
    has: (target, key) => indexOf(key) !== -1 || Reflect.has(target, key),
  });
}
