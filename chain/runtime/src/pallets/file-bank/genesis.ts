// Genesis of FileBank: the period for tagging, configured in seconds and kept in blocks.
import type { Context } from '../../frame/context.js';
import { refuseGenesis } from '../../frame/genesis.js';
import { fileBankStorage } from './declaration.js';

/** A holder has at least ten minutes for tagging. */
export const MIN_TAGGING_SECONDS = 600;

export interface FileBankGenesis {
  readonly slotDurationMs: number;
  /** Seconds that a holder has for tagging; undefined: a day. */
  readonly taggingSeconds?: number | undefined;
}

export function buildFileBankGenesis(ctx: Context, { slotDurationMs, taggingSeconds }: FileBankGenesis): void {
  if (taggingSeconds === undefined) return;
  if (!Number.isSafeInteger(taggingSeconds) || taggingSeconds < MIN_TAGGING_SECONDS)
    refuseGenesis(`a period for tagging of at least ${MIN_TAGGING_SECONDS} s`);
  fileBankStorage.TaggingPeriod.put(ctx, Math.ceil((taggingSeconds * 1000) / slotDurationMs));
}
