// The state before the first block.
import { CessError, utf8 } from '@cess/primitives';
import { takeEvents } from './frame/block-scratch.js';
import type { Context } from './frame/context.js';
import { auditStorage } from './pallets/audit/types.js';
import { setFree } from './pallets/balances/ledger.js';
import { randomnessStorage } from './pallets/randomness/index.js';
import { systemStorage } from './pallets/system/storage.js';
import { teeWorkerStorage } from './pallets/tee-worker/types.js';
import { timestampStorage } from './pallets/timestamp/index.js';
import type { AuditPeriodsConfig, GenesisConfig } from './runtime.js';

const CODE_KEY = utf8(':code');
/** CHAIN-8. */
const PRODUCTION_SLOT_MS = 6000;
/** No proof, verdict or restored fragment is due sooner than in a minute. */
export const MIN_PERIOD_SECONDS: AuditPeriodsConfig = { cycle: 1, proof: 60, verdict: 60, dispute: 10, claim: 60 };

/** Writes the genesis storage. Throws `GENESIS_INVALID`. */
export function writeGenesis(ctx: Context, config: GenesisConfig, manifest: Uint8Array): void {
  const refuse = (reason: string): never => {
    throw new CessError('GENESIS_INVALID', `The genesis configuration is not valid: ${reason}.`, { reason });
  };
  if (!Number.isSafeInteger(config.slotDurationMs) || config.slotDurationMs < 100) refuse('slots of at least 100 ms');
  if (config.spec === 'production' && config.slotDurationMs !== PRODUCTION_SLOT_MS) refuse('production slots of 6 s');
  if (config.authorities.length === 0) refuse('at least one authority');
  if (config.beacon.length !== 64) refuse('a beacon of 64 bytes');
  for (const [name, seconds] of Object.entries(config.audit)) {
    const least = MIN_PERIOD_SECONDS[name as keyof AuditPeriodsConfig];
    if (!Number.isSafeInteger(seconds) || seconds < least) refuse(`the period "${name}" of at least ${least} s`);
  }
  ctx.ext.put(CODE_KEY, manifest);
  systemStorage.Number.put(ctx, 0);
  timestampStorage.SlotDuration.put(ctx, BigInt(config.slotDurationMs));
  const blocks = (seconds: number) => Math.ceil((seconds * 1000) / config.slotDurationMs);
  const { cycle, proof, verdict, dispute, claim } = config.audit;
  auditStorage.Periods.put(ctx, {
    cycle: blocks(cycle),
    proof: blocks(proof),
    verdict: blocks(verdict),
    dispute: blocks(dispute),
    claim: blocks(claim),
  });
  teeWorkerStorage.SoftwareEnclaves.put(ctx, config.spec === 'development');
  randomnessStorage.Beacon.put(ctx, config.beacon);
  randomnessStorage.Authorities.put(ctx, config.authorities);
  for (const [account, amount] of config.balances) {
    if (systemStorage.Account.has(ctx, account)) refuse('each account is endowed once');
    setFree(ctx, account, amount);
  }
  // Nothing reads the events of the genesis block.
  takeEvents(ctx);
}
