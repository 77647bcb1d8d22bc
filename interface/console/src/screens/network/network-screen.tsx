import { lazyScreen } from '../lazy-screen.js';
import type { Screen } from '../screen.js';

export const networkScreen: Screen = {
  path: 'network',
  title: 'nav.network',
  icon: 'network',
  component: lazyScreen(async () => (await import('./network-view.js')).NetworkView),
  needsChain: true,
};
