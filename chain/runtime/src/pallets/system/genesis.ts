// Genesis of System.
import type { Context } from '../../frame/context.js';
import { systemStorage } from './declaration.js';

export function buildSystemGenesis(ctx: Context): void {
  systemStorage.Number.put(ctx, 0);
}
