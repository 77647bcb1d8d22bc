// All screens, in the order of the navigation. The first is the one that a sign-in leads to.
import { designScreen } from './design/design-screen.js';
import { explorerScreen } from './explorer/explorer-screen.js';
import { filesScreen } from './files/files-screen.js';
import { networkScreen } from './network/network-screen.js';
import type { Screen } from './screen.js';

export const screens: readonly [Screen, ...Screen[]] = [filesScreen, networkScreen, explorerScreen, designScreen];
