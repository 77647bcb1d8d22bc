// A screen whose code is loaded when it is first opened.
import { type ComponentType, lazy, Suspense, useEffect } from 'react';
import { Loading } from '../components/states.js';
import type { ScreenProps } from './screen.js';

export function lazyScreen(load: () => Promise<ComponentType<ScreenProps>>): ComponentType<ScreenProps> {
  const Loaded = lazy(async () => ({ default: await load() }));
  return function LazyScreen(props: ScreenProps) {
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
