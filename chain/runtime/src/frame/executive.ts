// The executive: opens a block, applies extrinsics, closes the block, validates transactions for the pool.
// A rejected extrinsic (Err) leaves no trace. One whose call fails is included: fee, nonce and the event
// ExtrinsicFailed stay, the call's own changes do not. The outcome event is always the extrinsic's last.

import {
  type ApplyExtrinsicResult,
  accountOf,
  type DispatchError,
  type DispatchInfo,
  decodeExtrinsic,
  type Extrinsic,
  type ExtrinsicFormat,
  type SignedPart,
  signingPayload,
  type TransactionValidityError,
  type ValidTransaction,
  type Weight,
} from '@cess/chain-primitives';
import type { RuntimeCrypto } from '@cess/crypto';
import { CessError, isCessError } from '@cess/primitives';
import type { Externalities } from '../externalities.js';
import type { RuntimeCall } from './assemble.js';
import { noteExtrinsic } from './block-scratch.js';
import { type OnHookFailure, runContained } from './contained-hooks.js';
import type { Context, Origin, Phase } from './context.js';
import { type Dispatched, dispatchInLayer, inLayer } from './dispatch.js';
import { combineValidity, type ExtensionInput, encodeAdditional, type TransactionExtension } from './extension.js';
import { invalid, unknown, ValidityFailure } from './failure.js';
import { verifyMultiSignature } from './multi-signature.js';
import type { AnyPallet, Call, Hooks } from './pallet.js';
import { WorkBudget } from './work-budget.js';

export interface ExecutiveInit {
  readonly format: ExtrinsicFormat<RuntimeCall>;
  readonly extensions: readonly TransactionExtension<unknown>[];
  readonly pallets: readonly AnyPallet[];
  readonly crypto: RuntimeCrypto;
  readonly maxExtrinsicBytes: number;
}

export class Executive {
  readonly #format: ExtrinsicFormat<RuntimeCall>;
  readonly #extensions: readonly TransactionExtension<unknown>[];
  readonly #calls = new Map<string, Readonly<Record<string, Call<unknown>>>>();
  readonly #pallets: readonly AnyPallet[];
  readonly #crypto: RuntimeCrypto;
  readonly #maxExtrinsicBytes: number;

  constructor(init: ExecutiveInit) {
    this.#format = init.format;
    this.#extensions = init.extensions;
    this.#pallets = init.pallets;
    this.#crypto = init.crypto;
    this.#maxExtrinsicBytes = init.maxExtrinsicBytes;
    for (const { declaration, calls } of init.pallets) this.#calls.set(declaration.id.name, calls);
  }

  context(ext: Externalities, phase: Phase): Context {
    return { ext, crypto: this.#crypto, phase };
  }

  /** Runs the migrations of all pallets from the layout of an earlier version; returns the weight they used. */
  runUpgradeHooks(ctx: Context, from: number, onFailure: OnHookFailure): bigint {
    let used = 0n;
    const run = (hooks: Hooks) => {
      used += hooks.onRuntimeUpgrade?.(ctx, from).ref_time ?? 0n;
    };
    runContained(ctx, this.#pallets, { name: 'onRuntimeUpgrade', run }, onFailure);
    return used;
  }

  /** Runs the opening hooks within a total of weight that each may exceed by one step; returns what they booked. */
  runInitializeHooks(ctx: Context, total: bigint, onFailure: OnHookFailure): bigint {
    const budget = new WorkBudget(total);
    let waiting = this.#pallets.filter(({ hooks }) => hooks.onInitialize !== undefined).length;
    const run = (hooks: Hooks) => budget.shareAmong(waiting--, (share) => hooks.onInitialize?.(ctx, share));
    runContained(ctx, this.#pallets, { name: 'onInitialize', run }, onFailure);
    return budget.spent;
  }

  /** What the closing hooks book, whatever they find. */
  get finalizeWeight(): bigint {
    return this.#pallets.reduce((sum, { hooks }) => sum + (hooks.onFinalize?.weight.ref_time ?? 0n), 0n);
  }

  runFinalizeHooks(ctx: Context, onFailure: OnHookFailure): void {
    const run = (hooks: Hooks) => hooks.onFinalize?.run(ctx);
    runContained(ctx, this.#pallets, { name: 'onFinalize', run }, onFailure);
  }

  /** Dispatches a call with an origin in its own transactional layer. */
  dispatch(ctx: Context, origin: Origin, call: RuntimeCall): Dispatched<Weight | undefined> {
    const entry = this.#entryOf(call);
    return dispatchInLayer(ctx, () => entry.dispatch(ctx, origin, call.value.value) ?? undefined);
  }

  /** Weight, class and payment of a call as declared; `#infoOf` adds what depends on the state. */
  #declaredInfo(call: RuntimeCall): DispatchInfo {
    const entry = this.#entryOf(call);
    return { weight: entry.weight(call.value.value), class: entry.class, pays_fee: 'Yes' };
  }

  /** Weight, class and payment of an extrinsic in this state; its signature is not checked. Inherents are free. */
  dispatchInfo(ctx: Context, { signed, call }: Extrinsic<RuntimeCall>): DispatchInfo {
    const info = this.#declaredInfo(call);
    if (signed === undefined) return { ...info, pays_fee: 'No' };
    const who = accountOf(signed.address);
    return who === undefined ? info : this.#infoOf(ctx, who, call);
  }

  /** The class Operational and freedom of fees are for duties that are due in this state. */
  #infoOf(ctx: Context, who: Uint8Array, call: RuntimeCall): DispatchInfo {
    const entry = this.#entryOf(call);
    const args = call.value.value;
    const isFree = entry.feeless(ctx, who, args);
    const info = isFree ? { ...this.#declaredInfo(call), pays_fee: 'No' as const } : this.#declaredInfo(call);
    const isDuty = entry.class !== 'Operational' || isFree || entry.isDuty(ctx, who, args);
    return isDuty ? info : { ...info, class: 'Normal' };
  }

  /** Decodes, or rejects with Invalid(Call). */
  decode(encoded: Uint8Array): Extrinsic<RuntimeCall> {
    if (encoded.length > this.#maxExtrinsicBytes) return invalid('ExhaustsResources');
    try {
      return decodeExtrinsic(this.#format, encoded);
    } catch (thrown) {
      if (isCessError(thrown, 'SCALE_MALFORMED')) return invalid('Call');
      throw thrown;
    }
  }

  applyExtrinsic(
    ext: Externalities,
    encoded: Uint8Array,
    index: number,
    record: ExtrinsicRecord,
  ): ApplyExtrinsicResult {
    const ctx = this.context(ext, { type: 'ApplyExtrinsic', value: index });
    try {
      const outcome = inLayer(ctx, () => this.#include(ctx, encoded, index, record));
      return {
        type: 'Ok',
        value: outcome === undefined ? { type: 'Ok' } : { type: 'Err', value: outcome },
      };
    } catch (thrown) {
      if (thrown instanceof ValidityFailure) return { type: 'Err', value: thrown.error };
      throw thrown;
    }
  }

  #include(ctx: Context, encoded: Uint8Array, index: number, record: ExtrinsicRecord): DispatchError | undefined {
    const extrinsic = this.decode(encoded);
    const info = this.#declaredInfo(extrinsic.call);
    noteExtrinsic(ctx, index, encoded);
    if (extrinsic.signed === undefined) {
      // Bare extrinsics are inherents: mandatory, ahead of all others, and must succeed.
      if (info.class !== 'Mandatory') return unknown('NoUnsignedValidator');
      const { failure } = this.dispatch(ctx, { type: 'None' }, extrinsic.call);
      if (failure !== undefined) return invalid('BadMandatory');
      record(ctx, info, undefined);
      return undefined;
    }
    const { signed } = extrinsic;
    // One that is not the next is rejected as Future or Stale, and not because its signer could not pay.
    const input = this.#inputOf(ctx, extrinsic, signed, { isFreeOutOfTurn: true });
    this.#validate(ctx, input, signed);
    const extensions = this.#extensions;
    const { extra } = signed;
    for (const [i, extension] of extensions.entries()) extension.prepare?.(ctx, input, extra[i]);
    const outcome = this.dispatch(ctx, { type: 'Signed', account: input.who }, extrinsic.call);
    const used = usedWeight(input.info.weight, outcome);
    for (const [i, extension] of extensions.entries()) extension.postDispatch?.(ctx, input, extra[i], used);
    record(ctx, { ...input.info, weight: used }, outcome.failure);
    return outcome.failure;
  }

  /**
   * Input of the extensions for a signed transaction whose signature is valid. Whether a call is a duty takes many reads, and
   * is decided only for the next transaction of its signer; a later one has the class Normal.
   */
  #inputOf(
    ctx: Context,
    extrinsic: Extrinsic<RuntimeCall>,
    signed: SignedPart,
    { isFreeOutOfTurn }: { readonly isFreeOutOfTurn: boolean },
  ): ExtensionInput {
    const who = this.#verify(ctx, extrinsic, signed);
    const laterInfo = (): DispatchInfo => {
      const info = this.#declaredInfo(extrinsic.call);
      const callClass = info.class === 'Operational' ? 'Normal' : info.class;
      return { ...info, class: callClass, pays_fee: isFreeOutOfTurn ? 'No' : 'Yes' };
    };
    const isNext = this.#extensions.every((extension, i) => extension.isNext?.(ctx, who, signed.extra[i]) ?? true);
    return { who, info: isNext ? this.#infoOf(ctx, who, extrinsic.call) : laterInfo(), length: extrinsic.length };
  }

  /** Validates a transaction on the current state, which must be that of the block that would include it. */
  validate(ctx: Context, encoded: Uint8Array): ValidTransaction | TransactionValidityError {
    try {
      const extrinsic = this.decode(encoded);
      if (extrinsic.signed === undefined) return unknown('NoUnsignedValidator');
      const { signed } = extrinsic;
      return this.#validate(ctx, this.#inputOf(ctx, extrinsic, signed, { isFreeOutOfTurn: false }), signed);
    } catch (thrown) {
      if (thrown instanceof ValidityFailure) return thrown.error;
      throw thrown;
    }
  }

  #validate(ctx: Context, input: ExtensionInput, signed: SignedPart): ValidTransaction {
    return combineValidity(this.#extensions.map((extension, i) => extension.validate?.(ctx, input, signed.extra[i])));
  }

  /** The signer, if the signature is valid. */
  #verify(ctx: Context, extrinsic: Extrinsic<RuntimeCall>, signed: SignedPart): Uint8Array {
    const who = accountOf(signed.address);
    if (who === undefined) return unknown('CannotLookup');
    const additional = encodeAdditional(this.#extensions, (_, i) =>
      this.#extensions[i]?.additionalSigned(ctx, signed.extra[i]),
    );
    const payload = signingPayload(extrinsic.callBytes, signed.extraBytes, additional);
    if (!verifyMultiSignature(this.#crypto, who, signed.signature, payload)) return invalid('BadProof');
    return who;
  }

  #entryOf(call: RuntimeCall): Call<unknown> {
    const entry = this.#calls.get(call.type)?.[call.value.type];
    if (entry === undefined)
      throw new CessError('CALL_UNKNOWN', 'No pallet has this call.', { pallet: call.type, call: call.value.type });
    return entry;
  }
}

/** What the call used, never more than it declared; all of that if it failed. */
function usedWeight(declared: Weight, outcome: Dispatched<Weight | undefined>): Weight {
  const actual = outcome.failure === undefined ? outcome.value : undefined;
  return actual !== undefined && actual.ref_time < declared.ref_time ? actual : declared;
}

/** Records the outcome of an included extrinsic, as the last step. */
export type ExtrinsicRecord = (ctx: Context, info: DispatchInfo, failure: DispatchError | undefined) => void;
