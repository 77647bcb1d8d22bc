// Genesis of System.
import type { Context } from '../../frame/context.js';
import { SPEC_NAME, SPEC_VERSION } from '../../version.js';
import { systemStorage } from './declaration.js';
import { noteRuntimeVersion } from './functions.js';

export function buildSystemGenesis(ctx: Context): void {
  systemStorage.Number.put(ctx, 0);
  noteRuntimeVersion(ctx, SPEC_NAME, SPEC_VERSION);
}
