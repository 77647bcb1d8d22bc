// @cess/console, for whoever serves it: where its built pages are.
import { fileURLToPath } from 'node:url';

/** Absolute path. */
export const assetsFolder: string = fileURLToPath(new URL('../dist-web', import.meta.url));
