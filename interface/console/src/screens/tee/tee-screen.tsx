import { lazyScreen } from '../lazy-screen.js';
import type { Screen } from '../screen.js';

export const teeScreen: Screen = {
  path: 'tee',
  title: 'nav.tee',
  icon: 'lock',
  component: lazyScreen(async () => (await import('./tee-view.js')).TeeView),
  needsChain: true,
};
