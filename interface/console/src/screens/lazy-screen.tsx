// A screen, or a part of one, whose code is loaded when it is first opened.
import { type ComponentType, lazy, Suspense, useEffect } from 'react';
import { Loading } from '../components/states.js';

export function lazyScreen<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  const Loaded = lazy<ComponentType<P>>(async () => ({ default: await load() }));
  return function LazyScreen(props: P) {
    return (
      <Suspense fallback={<Loading />}>
        <Loaded {...props} />
        <Arrival />
      </Suspense>
    );
  };
}

/** The heading takes the focus when it is there; the frame looked for it while the code was loading. */
function Arrival() {
  useEffect(() => {
    if (document.activeElement === document.body)
      document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, []);
  return null;
}
