// What a screen is made of. `registry.ts` lists all; a screen is a folder of its own with one line there.
import type { ComponentType } from 'react';
import type { IconName } from '../components/icon.js';
import type { TextKey } from '../i18n/en.js';

export interface ScreenProps {
  /** Parts of the route behind that of the screen. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

export interface Screen {
  /** First part of the route. */
  readonly path: string;
  readonly title: TextKey;
  readonly icon: IconName;
  readonly component: ComponentType<ScreenProps>;
  /** Not in the navigation, but linked. */
  readonly isHidden?: boolean;
  /** Shown only where the gateway relays to a chain node. */
  readonly needsChain?: boolean;
}
