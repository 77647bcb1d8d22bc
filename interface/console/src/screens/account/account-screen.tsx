import { lazyScreen } from '../lazy-screen.js';
import type { Screen } from '../screen.js';

export const accountScreen: Screen = {
  path: 'account',
  title: 'nav.account',
  icon: 'user',
  component: lazyScreen(async () => (await import('./account-view.js')).AccountView),
};
