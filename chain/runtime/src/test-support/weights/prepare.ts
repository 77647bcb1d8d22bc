// Prepares samples: an extrinsic, the opening of a block, or a call without an extrinsic, on the state of a scenario that is
// stored in a real trie.
import { invariant } from '@cess/primitives';
import type { OverlayState } from '@cess/state';
import { palletList } from '../../construct.js';
import type { Context } from '../../frame/context.js';
import { query } from '../../index.js';
import { type alice, contextOver, type Harness } from '../harness.js';
import { stored } from './crowded-state.js';
import { type Cache, over } from './measure.js';
import type { Beside, Prepared } from './row.js';

type Signer = typeof alice;

async function prepare(
  chain: Harness,
  beside: Beside,
  run: (overlay: OverlayState) => bigint,
  cache: Cache = 'warm',
): Promise<Prepared> {
  const base = await stored(chain.ext);
  let booked = 0n;
  const work = over(base, cache, (overlay) => {
    booked = run(overlay);
  });
  work();
  return { beside, work, booked };
}

/** A signed call in the open block after what the scenario did so far. It must succeed. */
export function applied(chain: Harness, signer: Signer, call: Uint8Array): Promise<Prepared> {
  chain.open();
  const encoded = chain.sign(signer, call);
  return prepare(chain, 'extrinsic', (overlay) => {
    const result = chain.runtime.applyExtrinsic(overlay, encoded);
    const isDone = result.type === 'Ok' && result.value.type === 'Ok';
    invariant(isDone, `the measured call fails: ${JSON.stringify(result.value)}`);
    const { normal, operational } = query.System.BlockWeight.get({ ext: overlay });
    return normal.ref_time + operational.ref_time;
  });
}

/** The opening of the next block. Every block finds other entries in the queues, so no trie node is cached. */
export function opened(chain: Harness): Promise<Prepared> {
  const open = (overlay: OverlayState) => {
    const failures = chain.hookFailures.length;
    chain.openOver(overlay);
    invariant(chain.hookFailures.length === failures, `a hook fails: ${JSON.stringify(chain.hookFailures.at(-1))}`);
    return query.System.BlockWeight.get({ ext: overlay }).mandatory.ref_time;
  };
  return prepare(chain, 'block', open, 'cold');
}

/** A block without transactions, opened and closed. */
export function emptyBlock(chain: Harness): Promise<Prepared> {
  const work = (overlay: OverlayState) => {
    chain.openOver(overlay);
    chain.runtime.finalizeBlock(overlay);
    return query.System.BlockWeight.get({ ext: overlay }).mandatory.ref_time;
  };
  return prepare(chain, 'nothing', work, 'cold');
}

const mandatory = (ext: Context['ext']) => query.System.BlockWeight.get({ ext }).mandatory.ref_time;

/** The inherents of the next block. */
export function inherents(chain: Harness): Promise<Prepared> {
  chain.begin();
  const before = mandatory(chain.ext);
  return prepare(chain, 'nothing', (overlay) => {
    chain.applyInherents(overlay);
    return mandatory(overlay) - before;
  });
}

/** One inherent after those of every block. */
export function inherent(chain: Harness, encoded: Uint8Array): Promise<Prepared> {
  chain.open();
  const before = mandatory(chain.ext);
  return prepare(chain, 'nothing', (overlay) => {
    const result = chain.runtime.applyExtrinsic(overlay, encoded);
    invariant(result.type === 'Ok', `the measured inherent fails: ${JSON.stringify(result.value)}`);
    return mandatory(overlay) - before;
  });
}

function palletOf(name: string) {
  const pallet = palletList.find(({ declaration }) => declaration.id.name === name);
  invariant(pallet, `there is a pallet ${name}`);
  return pallet;
}

/** A call of the root origin, which no extrinsic has. */
export function asRoot(chain: Harness, pallet: string, call: string, args: unknown): Promise<Prepared> {
  chain.open();
  const calls: Readonly<Record<string, RootCall | undefined>> = palletOf(pallet).calls;
  const entry = calls[call];
  invariant(entry, `there is a call ${pallet}.${call}`);
  return prepare(chain, 'nothing', (overlay) => {
    entry.dispatch(contextOver(overlay), { type: 'Root' }, args);
    return entry.weight(args).ref_time;
  });
}

interface RootCall {
  weight(args: unknown): { readonly ref_time: bigint };
  dispatch(ctx: Context, origin: { readonly type: 'Root' }, args: unknown): unknown;
}

/** The closing hook of a pallet. */
export function closingHook(chain: Harness, pallet: string): Promise<Prepared> {
  chain.open();
  const hook = palletOf(pallet).hooks.onFinalize;
  invariant(hook, `${pallet} has a closing hook`);
  return prepare(chain, 'nothing', (overlay) => {
    hook.run(contextOver(overlay));
    return hook.weight.ref_time;
  });
}
