// Hooks cannot halt the chain. Each runs in a layer of its own; one that throws is rolled back and reported, and the block
// continues. All nodes contain the same failures, because a hook is a function of the state. A failure to read the state,
// of a disk for example, is not: it is rethrown, or this node would compute another state than the others.
import { isCessError, messageOf } from '@cess/primitives';
import type { Context } from './context.js';
import { inLayer } from './dispatch.js';
import type { AnyPallet } from './pallet.js';

export interface HookFailure {
  readonly pallet: string;
  readonly hook: 'onRuntimeUpgrade' | 'onInitialize' | 'onFinalize';
  readonly reason: string;
}

export type OnHookFailure = (failure: HookFailure) => void;

/** Codes of the store and of the state over it: the node fails, not the runtime. */
const stateFailure = /^(KV|STATE|TRIE)_/;

/** Whether reading the state failed, as against the logic that read it. */
export function isStateFailure(thrown: unknown): boolean {
  return isCessError(thrown) && stateFailure.test(thrown.code);
}

/** Runs one hook of every pallet in turn; a failed hook gives undefined. */
export function runContained<T>(
  ctx: Context,
  pallets: readonly AnyPallet[],
  hook: { readonly name: HookFailure['hook']; readonly run: (pallet: AnyPallet) => T },
  onFailure: OnHookFailure,
): (T | undefined)[] {
  return pallets.map((pallet) => {
    try {
      return inLayer(ctx, () => hook.run(pallet));
    } catch (thrown) {
      if (isStateFailure(thrown)) throw thrown;
      onFailure({ pallet: pallet.declaration.id.name, hook: hook.name, reason: messageOf(thrown) });
      return undefined;
    }
  });
}
