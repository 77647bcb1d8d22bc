import { lazyScreen } from '../lazy-screen.js';
import type { Screen } from '../screen.js';

export const providerScreen: Screen = {
  path: 'provider',
  title: 'nav.provider',
  icon: 'bucket',
  component: lazyScreen(async () => (await import('./provider-view.js')).ProviderView),
  needsChain: true,
};
