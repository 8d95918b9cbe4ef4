/**
 * Where a text stops being JSON, as an offset. Engines differ in whether they say so; but each knows a beginning that only lacks its end
 * from one that no further characters could mend.
 */
export function findJsonFault(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (couldBeginJson(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function couldBeginJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = String(error);
    if (/end of JSON input|Unterminated string/.test(message)) return true;
    const position = /at position (\d+)/.exec(message)?.[1];
    return Number(position) === text.length;
  }
}
