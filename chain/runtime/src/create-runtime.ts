// The runtime as the node sees it: the executive over the constructed pallets.

import {
  type ApplyExtrinsicResult,
  type DispatchError,
  type DispatchInfo,
  decodeExtrinsic,
  type Extrinsic,
  encodeBareExtrinsic,
  type Header,
  type TransactionValidityError,
  type ValidTransaction,
} from '@cess/chain-primitives';
import { Writer } from '@cess/codec';
import type { RuntimeCrypto } from '@cess/crypto';
import { blake2_256 } from '@cess/crypto';
import { CessError, err, isCessError, ok, type Result, toHex, utf8 } from '@cess/primitives';
import { BASE_BLOCK_WEIGHT, MAX_EXTRINSIC_BYTES, maxHooksRefTime } from './block-limits.js';
import { authorship, extensions, metadataModel, palletList, session } from './construct.js';
import { declarations, extrinsicFormat, outer, runtimeVersion } from './declarations/pallets.js';
import type { Externalities } from './externalities.js';
import type { RuntimeCall } from './frame/assemble.js';
import { takeEvents, takeExtrinsics } from './frame/block-scratch.js';
import type { OnHookFailure } from './frame/contained-hooks.js';
import type { Context } from './frame/context.js';
import { Executive } from './frame/executive.js';
import { encodeMetadata, type MetadataVersion } from './frame/metadata.js';
import { refTime } from './frame/weight.js';
import { writeGenesis } from './genesis.js';
import { noteFinality, noteSlotClaim, renewClaims } from './pallets/randomness/index.js';
import {
  announceHookFailure,
  closeBlockUse,
  forgetLengths,
  noteRuntimeVersion,
  openBlock,
  registerWeight,
  resetBlockUse,
  systemEvents,
  systemStorage,
} from './pallets/system/index.js';
import { checkTimestamp, isTimeSet, nextTimestamp, openTime, slotDuration } from './pallets/timestamp/index.js';
import type { HeaderFields, InherentData, InherentError, Runtime } from './runtime.js';
import { createRuntimeApis, findApiMethod } from './runtime-apis.js';
import { SPEC_NAME, SPEC_VERSION } from './version.js';

const eventsKey = declarations.System.storage.Events.key();

/** The runtime over the given signature checks. */
export function createRuntime(crypto: RuntimeCrypto): Runtime {
  const executive = new Executive({
    format: extrinsicFormat,
    extensions,
    pallets: palletList,
    crypto,
    maxExtrinsicBytes: MAX_EXTRINSIC_BYTES,
  });
  const encoded = new Map<MetadataVersion, Uint8Array>();
  const metadata = (version: MetadataVersion): Uint8Array => {
    let bytes = encoded.get(version);
    if (bytes === undefined) {
      bytes = encodeMetadata(model, version);
      encoded.set(version, bytes);
    }
    return bytes;
  };
  const apis = createRuntimeApis({
    executive,
    metadata,
    applyExtrinsic: (ctx, extrinsic) => applyExtrinsic(executive, ctx.ext, extrinsic),
    finalizeBlock: (ctx) => finalizeBlock(executive, ctx.ext, ignore),
    validateTransaction: (ctx, _source, extrinsic, atBlockHash) => validate(executive, ctx.ext, extrinsic, atBlockHash),
  });
  const model = metadataModel(apis);
  return {
    version: runtimeVersion,
    genesis: (ext, config) =>
      writeGenesis(executive.context(ext, { type: 'Initialization' }), config, codeManifest(metadata(15))),
    initializeBlock: (ext, header, onHookFailure = ignore) => initializeBlock(executive, ext, header, onHookFailure),
    applyExtrinsic: (ext, extrinsic) => applyExtrinsic(executive, ext, extrinsic),
    inherentExtrinsics: (ext, data) => inherentExtrinsics(executive, ext, data),
    checkInherents,
    finalizeBlock: (ext, onHookFailure = ignore) => finalizeBlock(executive, ext, onHookFailure),
    validateTransaction: (ext, _source, extrinsic, atBlockHash) => {
      const verdict = validate(executive, ext, extrinsic, atBlockHash);
      return 'priority' in verdict ? ok(verdict) : err(verdict);
    },
    call: (ext, api, args) => findApiMethod(apis, api).call(executive.context(ext, { type: 'Initialization' }), args),
    metadata,
  };
}

/** The value of `:code`: names the runtime and changes with everything that clients see of it. */
function codeManifest(metadata: Uint8Array): Uint8Array {
  return utf8(JSON.stringify({ runtime: SPEC_NAME, specVersion: SPEC_VERSION, metadata: toHex(blake2_256(metadata)) }));
}

/** Records each failure on chain before it is reported. */
function recorded(ctx: Context, report: OnHookFailure): OnHookFailure {
  return (failure) => {
    announceHookFailure(ctx, failure);
    report(failure);
  };
}

/** For callers that do not report failures of hooks. */
const ignore: OnHookFailure = () => {};

function initializeBlock(
  executive: Executive,
  ext: Externalities,
  header: HeaderFields,
  onHookFailure: OnHookFailure,
): void {
  const ctx = executive.context(ext, { type: 'Initialization' });
  const previous = systemStorage.Number.get(ctx);
  if (header.number !== previous + 1) {
    throw new CessError('BLOCK_INVALID', 'The block does not follow its parent.', {
      number: header.number,
      parent: previous,
    });
  }
  openBlock(ctx, header.number, header.parentHash);
  systemStorage.Digest.put(ctx, { logs: header.digest });
  ext.delete(eventsKey);
  systemStorage.EventCount.kill(ctx);
  resetBlockUse(ctx);
  const seats = session.seatCount(ctx);
  const hasNewEra = session.open(ctx, noteSlotClaim(ctx, header.digest));
  if (hasNewEra) renewClaims(ctx, seats, session.seatCount(ctx));
  authorship.noteBlock(ctx);
  noteFinality(ctx, header.number, header.digest);
  openTime(ctx);
  const onFailure = recorded(ctx, onHookFailure);
  const upgradedFrom = noteRuntimeVersion(ctx, SPEC_NAME, SPEC_VERSION);
  const migrated = upgradedFrom === undefined ? 0n : executive.runUpgradeHooks(ctx, upgradedFrom, onFailure);
  const used = executive.runInitializeHooks(ctx, maxHooksRefTime(slotDuration(ctx)), onFailure);
  registerWeight(ctx, 'Mandatory', refTime(BASE_BLOCK_WEIGHT.ref_time + migrated + used + executive.finalizeWeight));
}

function recordOutcome(ctx: Context, info: DispatchInfo, failure: DispatchError | undefined): void {
  if (info.class === 'Mandatory') registerWeight(ctx, 'Mandatory', info.weight);
  systemStorage.ExtrinsicCount.mutate(ctx, (count) => (count ?? 0) + 1);
  systemEvents.deposit(
    ctx,
    failure === undefined
      ? { type: 'ExtrinsicSuccess', value: { dispatch_info: info } }
      : { type: 'ExtrinsicFailed', value: { dispatch_error: failure, dispatch_info: info } },
  );
}

function applyExtrinsic(executive: Executive, ext: Externalities, encoded: Uint8Array): ApplyExtrinsicResult {
  const index = systemStorage.ExtrinsicCount.get({ ext });
  if (index === undefined) throw new CessError('BLOCK_NOT_OPEN', 'Extrinsics are applied only within an open block.');
  return executive.applyExtrinsic(ext, encoded, index, recordOutcome);
}

function finalizeBlock(executive: Executive, ext: Externalities, onHookFailure: OnHookFailure): Header {
  const ctx = executive.context(ext, { type: 'Finalization' });
  if (!isTimeSet(ctx)) {
    throw new CessError('BLOCK_INVALID', 'The block does not set its time.', { number: systemStorage.Number.get(ctx) });
  }
  closeBlockUse(ctx, slotDuration(ctx));
  executive.runFinalizeHooks(ctx, recorded(ctx, onHookFailure));
  forgetLengths(ctx);
  const extrinsics = takeExtrinsics(ctx, systemStorage.ExtrinsicCount.get(ctx) ?? 0);
  systemStorage.ExtrinsicCount.kill(ctx);
  const events = takeEvents(ctx);
  const writer = new Writer(256);
  writer.compact(events.length);
  for (const event of events) writer.raw(event);
  ext.put(eventsKey, writer.toBytes());
  systemStorage.EventCount.put(ctx, events.length);
  return {
    parent_hash: systemStorage.ParentHash.get(ctx),
    number: systemStorage.Number.get(ctx),
    extrinsics_root: ext.extrinsicsRoot(extrinsics),
    digest: systemStorage.Digest.get(ctx),
    state_root: ext.storageRoot(),
  };
}

function inherentExtrinsics(
  executive: Executive,
  ext: Externalities,
  { timestampMs, lateBlocks = [] }: InherentData,
): Uint8Array[] {
  const now = nextTimestamp({ ext }, timestampMs);
  const time = outer.call.encode({ type: 'Timestamp', value: { type: 'set', value: { now } } });
  const uncles = authorship.select(executive.context(ext, { type: 'Initialization' }), lateBlocks);
  if (uncles.length === 0) return [encodeBareExtrinsic(time)];
  const references = outer.call.encode({ type: 'Authorship', value: { type: 'set_uncles', value: { uncles } } });
  return [time, references].map(encodeBareExtrinsic);
}

function checkInherents(
  _ext: Externalities,
  encodedExtrinsics: readonly Uint8Array[],
  data: InherentData,
): Result<undefined, InherentError> {
  const [first] = encodedExtrinsics;
  if (first === undefined) return err({ type: 'Missing' });
  let call: Extrinsic<RuntimeCall>;
  try {
    call = decodeExtrinsic(extrinsicFormat, first);
  } catch (thrown) {
    if (isCessError(thrown, 'SCALE_MALFORMED')) return err({ type: 'Malformed' });
    throw thrown;
  }
  if (call.signed !== undefined || call.call.type !== 'Timestamp' || call.call.value.type !== 'set') {
    return err({ type: 'Missing' });
  }
  const { now } = call.call.value.value as { readonly now: bigint };
  return checkTimestamp(now, data.timestampMs).ok ? ok(undefined) : err({ type: 'TooFarInFuture', timestampMs: now });
}

// Validates for the block after `atBlockHash`, which may be the anchor of the transaction's era. All changes are rolled
// back.
function validate(
  executive: Executive,
  ext: Externalities,
  encoded: Uint8Array,
  atBlockHash: Uint8Array,
): ValidTransaction | TransactionValidityError {
  const ctx = executive.context(ext, { type: 'Initialization' });
  ext.beginTransaction();
  try {
    openBlock(ctx, systemStorage.Number.get(ctx) + 1, atBlockHash);
    return executive.validate(ctx, encoded);
  } finally {
    ext.rollbackTransaction();
  }
}
