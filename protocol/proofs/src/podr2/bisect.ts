// Finding the wrong ones of items that one equation stands for: when it fails, halves are tried until each wrong item is alone.

/** The items that are right. For n wrong ones of n at most 2n - 1 equations. */
export function rightOnes<T>(items: readonly T[], equationHolds: (items: readonly T[]) => boolean): readonly T[] {
  if (items.length === 0 || equationHolds(items)) return items;
  if (items.length === 1) return [];
  const middle = items.length >> 1;
  return [items.slice(0, middle), items.slice(middle)].flatMap((half) => rightOnes(half, equationHolds));
}
