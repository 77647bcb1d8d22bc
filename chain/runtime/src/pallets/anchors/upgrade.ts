// Migration of Anchors from version 5, which kept no history: it begins with the newest anchor of each log.
import { accountId, balance } from '@cess/chain-primitives';
import { fixedBytes, struct, u32, u64 } from '@cess/codec';
import { anchorHistory, noAnchors } from '@cess/types';
import type { Context } from '../../frame/context.js';
import { blake2Concat, storageOf } from '../../frame/storage.js';
import { logName, anchorsStorage as storage } from './declaration.js';

/** First version with histories. */
const HISTORIES = 6;

const formerInfo = struct({ sequence: u64, root: fixedBytes(32), block: u32, deposit: balance });
const former = storageOf('Anchors').map('Anchors', [blake2Concat(accountId), blake2Concat(logName)], formerInfo, []);

/** Returns the number of anchors that it changed. */
export function migrateHistories(ctx: Context, from: number): number {
  if (from >= HISTORIES) return 0;
  const all = [...former.entries(ctx, [])];
  for (const [[acc, log], info] of all)
    storage.Anchors.put(ctx, acc, log, { ...info, count: 1, history: anchorHistory(noAnchors, info) });
  return all.length;
}
