// Rows of one height, of which only those in view exist. Browsers limit the height of an element, so beyond a million or so rows the
// scroll bar is scaled; the rows are placed within the window.
import { type ReactNode, useCallback, useLayoutEffect, useRef, useState } from 'react';

const overscan = 8;
/** Less than the largest height of all browsers. */
const maxHeight = 8_000_000;

export interface Window {
  /** First row, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Where the first row stands. */
  readonly topPx: number;
  /** Of all rows, scaled if need be. */
  readonly heightPx: number;
}

export interface WindowInit {
  readonly count: number;
  readonly rowPx: number;
  readonly scrollPx: number;
  readonly viewPx: number;
}

/** The rows in view, and where they stand. */
export function windowOf({ count, rowPx, scrollPx, viewPx }: WindowInit): Window {
  const allPx = count * rowPx;
  const heightPx = Math.min(allPx, maxHeight);
  const scrollablePx = Math.max(1, heightPx - viewPx);
  const scale = heightPx < allPx ? (allPx - viewPx) / scrollablePx : 1;
  const firstPx = Math.min(Math.max(0, scrollPx), scrollablePx) * scale;
  const from = Math.max(0, Math.floor(firstPx / rowPx) - overscan);
  const to = Math.min(count, Math.ceil((firstPx + viewPx) / rowPx) + overscan);
  return { from, to, topPx: Math.max(0, scrollPx - (firstPx - from * rowPx)), heightPx };
}

interface VirtualListProps {
  readonly count: number;
  readonly rowPx: number;
  readonly label: string;
  readonly render: (index: number) => ReactNode;
  /** Called when rows near the end are in view. */
  readonly onEnd: () => void;
}

export function VirtualList({ count, rowPx, label, render, onEnd }: VirtualListProps) {
  const ref = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ scrollPx: 0, viewPx: 600 });
  const measure = useCallback(() => {
    const element = ref.current;
    if (element !== null) setView({ scrollPx: element.scrollTop, viewPx: element.clientHeight });
  }, []);
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (ref.current !== null) observer.observe(ref.current);
    return () => observer.disconnect();
  }, [measure]);
  const { from, to, topPx, heightPx } = windowOf({ count, rowPx, ...view });
  const isAtEnd = to >= count;
  useLayoutEffect(() => {
    if (isAtEnd && count > 0) onEnd();
  }, [isAtEnd, count, onEnd]);
  return (
    <div className="listing-body" ref={ref} onScroll={measure} role="rowgroup" aria-label={label}>
      <div style={{ height: heightPx, position: 'relative' }} role="presentation">
        <div style={{ position: 'absolute', top: topPx, left: 0, right: 0 }} role="presentation">
          {Array.from({ length: to - from }, (_, index) => render(from + index))}
        </div>
      </div>
    </div>
  );
}
