// TeeWorker: registration of the workers that make tags and judge proofs (TEE-1, docs/protocol/audit.md §1).
import { accountId, balance } from '@cess/chain-primitives';
import { fixedBytes, option, u128 } from '@cess/codec';
import { invariant } from '@cess/primitives';
import { attestationReportData, checkPublicKey, tagKeyId } from '@cess/proofs';
import { softwareEvidenceMessage } from '@cess/types';
import type { Context, Origin } from '../../frame/context.js';
import { checkedAdd, ensure, ensureSigned } from '../../frame/failure.js';
import { call, constant, definePallet } from '../../frame/pallet.js';
import { leaveSeat, takeSeat } from './duties.js';
import {
  type Evidence,
  endpoint,
  teeWorkerEvents as events,
  evidence,
  teeWorkerStorage as storage,
  type TagKeyDeclaration,
  tagKeyDeclaration,
  teeWorkerErrors,
  teeWorkerId,
  WORKER_STAKE,
  type WorkerInfo,
} from './types.js';

export interface TeeWorkerNeeds {
  reserve(ctx: Context, who: Uint8Array, amount: bigint): void;
  unreserve(ctx: Context, who: Uint8Array, amount: bigint): void;
  genesisHash(ctx: Context): Uint8Array;
  blockNumber(ctx: Context): number;
}

const errors = teeWorkerErrors.byName;
const callWeight = () => ({ ref_time: 80_000_000n, proof_size: 0n });
/** Two pairings, three subgroup checks, a signature. */
const keyWeight = () => ({ ref_time: 20_000_000_000n, proof_size: 0n });

interface KeyClaim {
  readonly controller: Uint8Array;
  readonly signerKey: Uint8Array;
  readonly key: TagKeyDeclaration;
  readonly evidence: Evidence;
}

function workerOfCaller(ctx: Context, origin: Origin): readonly [number, WorkerInfo] {
  const worker = storage.WorkerIndex.get(ctx, ensureSigned(origin));
  ensure(worker !== undefined, errors.NotWorker);
  const info = storage.Workers.get(ctx, worker);
  invariant(info !== undefined, 'an indexed worker exists');
  return [worker, info];
}

export function createTeeWorker(needs: TeeWorkerNeeds) {
  /** Checks possession and evidence of a tagging key; gives its id. */
  const acceptKey = (ctx: Context, { controller, signerKey, key, evidence: given }: KeyClaim): Uint8Array => {
    const publicKey = { x: key.x, xAlpha: key.x_alpha, srsHash: key.srs_hash, possession: key.possession };
    const id = tagKeyId(publicKey);
    ensure(!storage.TagKeys.has(ctx, id), errors.TagKeyInUse);
    ensure(storage.SoftwareEnclaves.get(ctx), errors.SoftwareEnclaveRefused);
    const reportData = attestationReportData(publicKey, key.epoch, needs.genesisHash(ctx));
    const message = softwareEvidenceMessage(controller, reportData);
    ensure(ctx.crypto.verifyEd25519(given.value, message, signerKey), errors.BadEvidence);
    ensure(checkPublicKey(ctx.crypto.bls, publicKey).ok, errors.TagKeyRefused);
    return id;
  };

  const recordKey = (ctx: Context, worker: number, id: Uint8Array, key: TagKeyDeclaration): void => {
    const { x, x_alpha, srs_hash, epoch } = key;
    storage.TagKeys.put(ctx, id, { worker, x, x_alpha, srs_hash, epoch, registered_at: needs.blockNumber(ctx) });
  };

  const calls = {
    register_worker: call({
      index: 0,
      docs: 'Registers the caller as the controller of a TEE worker and reserves its stake.',
      args: {
        signer_key: fixedBytes(32),
        endpoint,
        bond: option(accountId),
        key: tagKeyDeclaration,
        evidence,
      },
      weight: keyWeight,
      dispatch: (ctx, origin, args) => {
        const controller = ensureSigned(origin);
        ensure(!storage.WorkerIndex.has(ctx, controller), errors.AlreadyRegistered);
        ensure(args.endpoint.length > 0, errors.EmptyEndpoint);
        ensure(!storage.SignerKeys.has(ctx, args.signer_key), errors.SignerKeyInUse);
        const tagKey = acceptKey(ctx, {
          controller,
          signerKey: args.signer_key,
          key: args.key,
          evidence: args.evidence,
        });
        needs.reserve(ctx, controller, WORKER_STAKE);
        const worker = storage.NextWorkerIndex.get(ctx);
        storage.NextWorkerIndex.put(ctx, worker + 1);
        storage.WorkerIndex.put(ctx, controller, worker);
        storage.SignerKeys.put(ctx, args.signer_key, worker);
        recordKey(ctx, worker, tagKey, args.key);
        storage.Workers.put(ctx, worker, {
          controller,
          signer_key: args.signer_key,
          endpoint: args.endpoint,
          bond: args.bond,
          tag_key: tagKey,
          staked: WORKER_STAKE,
          state: 'Suspended',
          seat: 0,
          duties: 0,
          record: { tagged_bytes: 0n, verified_bytes: 0n, verdicts: 0, missed: 0, missed_in_a_row: 0, wrong: 0 },
          registered_at: needs.blockNumber(ctx),
        });
        takeSeat(ctx, worker);
        events.deposit(ctx, {
          type: 'WorkerRegistered',
          value: { worker, controller, signer_key: args.signer_key, tag_key: tagKey },
        });
      },
    }),
    update_endpoint: call({
      index: 1,
      docs: "Changes the worker's address.",
      args: { endpoint },
      weight: callWeight,
      dispatch: (ctx, origin, args) => {
        const [worker, info] = workerOfCaller(ctx, origin);
        ensure(args.endpoint.length > 0, errors.EmptyEndpoint);
        storage.Workers.put(ctx, worker, { ...info, endpoint: args.endpoint });
        events.deposit(ctx, { type: 'EndpointUpdated', value: { worker, endpoint: args.endpoint } });
      },
    }),
    add_tag_key: call({
      index: 2,
      docs: "Makes a new tagging key the worker's current one; what older keys tagged stays valid.",
      args: { key: tagKeyDeclaration, evidence },
      weight: keyWeight,
      dispatch: (ctx, origin, args) => {
        const [worker, info] = workerOfCaller(ctx, origin);
        const id = acceptKey(ctx, {
          controller: info.controller,
          signerKey: info.signer_key,
          key: args.key,
          evidence: args.evidence,
        });
        recordKey(ctx, worker, id, args.key);
        storage.Workers.put(ctx, worker, { ...info, tag_key: id });
        events.deposit(ctx, { type: 'TagKeyAdded', value: { worker, tag_key: id, epoch: args.key.epoch } });
      },
    }),
    exit: call({
      index: 3,
      docs: 'Ends the registration of a worker without open duties, and frees its stake.',
      args: {},
      weight: callWeight,
      dispatch: (ctx, origin) => {
        const [worker, info] = workerOfCaller(ctx, origin);
        ensure(info.duties === 0, errors.DutiesLeft);
        leaveSeat(ctx, worker, 'Exited');
        needs.unreserve(ctx, info.controller, info.staked);
        storage.WorkerIndex.remove(ctx, info.controller);
        storage.SignerKeys.remove(ctx, info.signer_key);
        storage.Workers.put(ctx, worker, { ...info, state: 'Exited', staked: 0n });
        events.deposit(ctx, { type: 'WorkerExited', value: { worker, released: info.staked } });
      },
    }),
    add_stake: call({
      index: 4,
      docs: 'Adds to the stake of the worker.',
      args: { amount: balance },
      weight: callWeight,
      dispatch: (ctx, origin, { amount }) => {
        const [worker, info] = workerOfCaller(ctx, origin);
        ensure(amount > 0n, errors.ZeroAmount);
        needs.reserve(ctx, info.controller, amount);
        storage.Workers.put(ctx, worker, { ...info, staked: checkedAdd(info.staked, amount) });
        events.deposit(ctx, { type: 'StakeAdded', value: { worker, amount } });
      },
    }),
    resume: call({
      index: 5,
      docs: 'Takes a suspended worker back among the verifiers.',
      args: {},
      weight: callWeight,
      dispatch: (ctx, origin) => {
        const [worker, info] = workerOfCaller(ctx, origin);
        ensure(info.state === 'Suspended', errors.NotSuspended);
        ensure(info.staked * 2n >= WORKER_STAKE, errors.StakeTooLow);
        storage.Workers.put(ctx, worker, { ...info, record: { ...info.record, missed_in_a_row: 0 } });
        takeSeat(ctx, worker);
        events.deposit(ctx, { type: 'WorkerResumed', value: { worker } });
      },
    }),
  };

  return definePallet({
    id: teeWorkerId,
    docs: 'TEE workers: enclaves, tagging keys, stake and record.',
    storage,
    calls,
    events,
    errors: teeWorkerErrors,
    constants: { WorkerStake: constant(u128, WORKER_STAKE, 'Stake of a worker.') },
  });
}
