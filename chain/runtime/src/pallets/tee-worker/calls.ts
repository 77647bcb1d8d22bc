// Calls of TeeWorker: registration of the workers that make tags and judge proofs.
import { invariant } from '@cess/primitives';
import type { Context, Origin } from '../../frame/context.js';
import { checkedAdd, ensure, ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import {
  teeWorkerEvents as events,
  RECORD_DEPOSIT,
  teeWorkerStorage as storage,
  type teeWorker,
  teeWorkerErrors,
  WORKER_STAKE,
  type WorkerInfo,
} from './declaration.js';
import { leaveSeat, takeSeat } from './duties.js';
import type { TeeWorkerNeeds } from './needs.js';
import { acceptKey, recordKey } from './tag-keys.js';
import { weightOf } from './weights.js';

const errors = teeWorkerErrors.byName;

function workerOfCaller(ctx: Context, origin: Origin): readonly [number, WorkerInfo] {
  const worker = storage.WorkerIndex.get(ctx, ensureSigned(origin));
  ensure(worker !== undefined, errors.NotWorker);
  const info = storage.Workers.get(ctx, worker);
  invariant(info !== undefined, 'an indexed worker exists');
  return [worker, info];
}

export function createTeeWorkerCalls(needs: TeeWorkerNeeds): CallsOf<typeof teeWorker> {
  return {
    register_worker: {
      weight: () => weightOf('register_worker'),
      dispatch: (ctx, origin, args) => {
        const controller = ensureSigned(origin);
        ensure(!storage.WorkerIndex.has(ctx, controller), errors.AlreadyRegistered);
        ensure(args.endpoint.length > 0, errors.EmptyEndpoint);
        ensure(!storage.SignerKeys.has(ctx, args.signer_key), errors.SignerKeyInUse);
        const tagKey = acceptKey(ctx, needs, {
          controller,
          signerKey: args.signer_key,
          key: args.key,
          evidence: args.evidence,
        });
        needs.stake.hold(ctx, controller, WORKER_STAKE);
        needs.records.hold(ctx, controller, RECORD_DEPOSIT);
        const worker = storage.NextWorkerIndex.get(ctx);
        storage.NextWorkerIndex.put(ctx, worker + 1);
        storage.WorkerIndex.put(ctx, controller, worker);
        storage.SignerKeys.put(ctx, args.signer_key, worker);
        recordKey(ctx, needs, { worker, controller, id: tagKey, key: args.key });
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
    },
    update_endpoint: {
      weight: () => weightOf('update_endpoint'),
      dispatch: (ctx, origin, args) => {
        const [worker, info] = workerOfCaller(ctx, origin);
        ensure(args.endpoint.length > 0, errors.EmptyEndpoint);
        storage.Workers.put(ctx, worker, { ...info, endpoint: args.endpoint });
        events.deposit(ctx, { type: 'EndpointUpdated', value: { worker, endpoint: args.endpoint } });
      },
    },
    add_tag_key: {
      weight: () => weightOf('add_tag_key'),
      dispatch: (ctx, origin, args) => {
        const [worker, info] = workerOfCaller(ctx, origin);
        const id = acceptKey(ctx, needs, {
          controller: info.controller,
          signerKey: info.signer_key,
          key: args.key,
          evidence: args.evidence,
        });
        recordKey(ctx, needs, { worker, controller: info.controller, id, key: args.key });
        storage.Workers.put(ctx, worker, { ...info, tag_key: id });
        events.deposit(ctx, { type: 'TagKeyAdded', value: { worker, tag_key: id, epoch: args.key.epoch } });
      },
    },
    exit: {
      weight: () => weightOf('exit'),
      dispatch: (ctx, origin) => {
        const [worker, info] = workerOfCaller(ctx, origin);
        ensure(info.duties === 0, errors.DutiesLeft);
        leaveSeat(ctx, worker, 'Exited');
        needs.stake.release(ctx, info.controller, info.staked);
        storage.WorkerIndex.remove(ctx, info.controller);
        storage.SignerKeys.remove(ctx, info.signer_key);
        storage.Workers.put(ctx, worker, { ...info, state: 'Exited', staked: 0n });
        events.deposit(ctx, { type: 'WorkerExited', value: { worker, released: info.staked } });
      },
    },
    add_stake: {
      weight: () => weightOf('add_stake'),
      dispatch: (ctx, origin, { amount }) => {
        const [worker, info] = workerOfCaller(ctx, origin);
        ensure(amount > 0n, errors.ZeroAmount);
        needs.stake.hold(ctx, info.controller, amount);
        storage.Workers.put(ctx, worker, { ...info, staked: checkedAdd(info.staked, amount) });
        events.deposit(ctx, { type: 'StakeAdded', value: { worker, amount } });
      },
    },
    resume: {
      weight: () => weightOf('resume'),
      dispatch: (ctx, origin) => {
        const [worker, info] = workerOfCaller(ctx, origin);
        ensure(info.state === 'Suspended', errors.NotSuspended);
        ensure(info.staked * 2n >= WORKER_STAKE, errors.StakeTooLow);
        storage.Workers.put(ctx, worker, { ...info, record: { ...info.record, missed_in_a_row: 0 } });
        takeSeat(ctx, worker);
        events.deposit(ctx, { type: 'WorkerResumed', value: { worker } });
      },
    },
  };
}
