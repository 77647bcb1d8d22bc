// All screens, in the order of the navigation. The first is the one that a sign-in leads to.
import { accountScreen } from './account/account-screen.js';
import { designScreen } from './design/design-screen.js';
import { explorerScreen } from './explorer/explorer-screen.js';
import { filesScreen } from './files/files-screen.js';
import { gatewayScreen } from './gateway/gateway-screen.js';
import { networkScreen } from './network/network-screen.js';
import { providerScreen } from './provider/provider-screen.js';
import type { Screen } from './screen.js';
import { teeScreen } from './tee/tee-screen.js';
import { validatorScreen } from './validator/validator-screen.js';

export const screens: readonly [Screen, ...Screen[]] = [
  filesScreen,
  accountScreen,
  networkScreen,
  explorerScreen,
  providerScreen,
  validatorScreen,
  teeScreen,
  gatewayScreen,
  designScreen,
];
