// Genesis of TeeWorker: only development chains accept software enclaves.
import type { Context } from '../../frame/context.js';
import { teeWorkerStorage } from './declaration.js';

export interface TeeWorkerGenesis {
  readonly spec: 'development' | 'production';
}

export function buildTeeWorkerGenesis(ctx: Context, { spec }: TeeWorkerGenesis): void {
  teeWorkerStorage.SoftwareEnclaves.put(ctx, spec === 'development');
}
