// Hooks cannot halt the chain. Each runs in a layer of its own; one that throws is rolled back and reported, and the block
// continues. All nodes contain the same failures, because a hook is a function of the state. A failure to read the state,
// of a disk for example, is not: it is rethrown, or this node would compute another state than the others.
import { InvariantError, isCessError, messageOf } from '@cess/primitives';
import type { Context } from './context.js';
import { inLayer } from './dispatch.js';
import { DispatchFailure } from './failure.js';
import type { AnyPallet, Hooks } from './pallet.js';

export type HookName = keyof Hooks;

export interface HookFailure {
  readonly pallet: string;
  readonly hook: HookName;
  /** The same on every node: what the chain records. */
  readonly code: string;
  /** For the log. The words may depend on the JavaScript engine. */
  readonly reason: string;
}

export type OnHookFailure = (failure: HookFailure) => void;

/** Codes of the store and of the state over it: the node fails, not the runtime. */
const stateFailure = /^(KV|STATE|TRIE)_/;

/** Whether reading the state failed, as against the logic that read it. */
export function isStateFailure(thrown: unknown): boolean {
  return isCessError(thrown) && stateFailure.test(thrown.code);
}

function codeOf(thrown: unknown): string {
  if (isCessError(thrown)) return thrown.code;
  if (thrown instanceof InvariantError) return 'INVARIANT';
  if (!(thrown instanceof DispatchFailure)) return 'UNEXPECTED';
  const { error } = thrown;
  return error.type === 'Module' ? `MODULE_${error.value.index}_${error.value.error[0]}` : `DISPATCH_${error.type}`;
}

/** Runs one hook of every pallet that has it, in turn. */
export function runContained(
  ctx: Context,
  pallets: readonly AnyPallet[],
  hook: { readonly name: HookName; readonly run: (hooks: Hooks) => void },
  onFailure: OnHookFailure,
): void {
  for (const { declaration, hooks } of pallets) {
    if (hooks[hook.name] === undefined) continue;
    try {
      inLayer(ctx, () => hook.run(hooks));
    } catch (thrown) {
      if (isStateFailure(thrown)) throw thrown;
      const pallet = declaration.id.name;
      onFailure({ pallet, hook: hook.name, code: codeOf(thrown), reason: messageOf(thrown) });
    }
  }
}
