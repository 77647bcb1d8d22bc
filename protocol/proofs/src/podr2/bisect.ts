// Finds the wrong items among items that one equation covers. When the equation fails, both halves are checked, until each wrong
// item is isolated.

/** The correct items. If all n items are wrong, it takes at most 2n - 1 equations. */
export function rightOnes<T>(items: readonly T[], equationHolds: (items: readonly T[]) => boolean): readonly T[] {
  if (items.length === 0 || equationHolds(items)) return items;
  if (items.length === 1) return [];
  const middle = items.length >> 1;
  return [items.slice(0, middle), items.slice(middle)].flatMap((half) => rightOnes(half, equationHolds));
}
