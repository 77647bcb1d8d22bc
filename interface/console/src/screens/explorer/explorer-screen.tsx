import { lazyScreen } from '../lazy-screen.js';
import type { Screen } from '../screen.js';

export const explorerScreen: Screen = {
  path: 'explorer',
  title: 'nav.explorer',
  icon: 'search',
  component: lazyScreen(async () => (await import('./explorer-view.js')).ExplorerView),
  needsChain: true,
};
