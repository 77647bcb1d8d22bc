// A screen whose code is loaded when it is first opened.
import { type ComponentType, lazy, Suspense } from 'react';
import { Loading } from '../components/states.js';
import type { ScreenProps } from './screen.js';

export function lazyScreen(load: () => Promise<ComponentType<ScreenProps>>): ComponentType<ScreenProps> {
  const Loaded = lazy(async () => ({ default: await load() }));
  return function LazyScreen(props: ScreenProps) {
    return (
      <Suspense fallback={<Loading />}>
        <Loaded {...props} />
      </Suspense>
    );
  };
}
