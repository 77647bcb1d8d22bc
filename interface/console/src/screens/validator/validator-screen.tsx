import { lazyScreen } from '../lazy-screen.js';
import type { Screen } from '../screen.js';

export const validatorScreen: Screen = {
  path: 'validator',
  title: 'nav.validator',
  icon: 'shield',
  component: lazyScreen(async () => (await import('./validator-view.js')).ValidatorView),
  needsChain: true,
};
