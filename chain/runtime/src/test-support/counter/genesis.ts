import type { Context } from '../../frame/context.js';
import { counterStorage } from './declaration.js';

export interface CounterGenesis {
  readonly counterStart: number;
}

export function buildCounterGenesis(ctx: Context, { counterStart }: CounterGenesis): void {
  counterStorage.Start.put(ctx, counterStart);
}
