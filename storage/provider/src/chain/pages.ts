// Splits long lists into pages for calls to the chain.

/** Consecutive pages. Each one is built when it is requested. */
export function* pagesOf<T>(items: Iterable<T>, size: number): IterableIterator<T[]> {
  let page: T[] = [];
  for (const item of items) {
    page.push(item);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
