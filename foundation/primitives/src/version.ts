/** Version of all packages of this repository. `scripts/release.mjs` sets it together with those of every package.json. */
export const cessVersion = '0.1.0';
