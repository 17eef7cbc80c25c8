/** What differs between two records, field by field: what it was and what it is. Null: nothing. */
export function differences(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): { before: Record<string, unknown>; after: Record<string, unknown> } | null {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  if (names.length === 0) return null;
  const pick = (from: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(names.map((name) => [name, from[name] ?? null]));
  return { before: pick(before), after: pick(after) };
}

/** What two lists do not share, in their own sequence; compared as JSON. */
export function listDifferences<T>(
  before: readonly T[],
  after: readonly T[],
): { removed: T[]; added: T[] } {
  const lacks = (list: readonly T[]) => {
    const there = new Set(list.map((one) => JSON.stringify(one)));
    return (one: T) => !there.has(JSON.stringify(one));
  };
  return { removed: before.filter(lacks(after)), added: after.filter(lacks(before)) };
}
