// Executes a block once for all nodes of a run: the first importer executes it on the production runtime, the others get the same
// changes of the state, from which each computes its own state root, which the engine compares with the header's. Every so many
// a block is executed again, and both results must agree (SI-5). The author has executed it before, when it built the block.

import { headerHash } from '@cess/consensus';
import { type ExecutedBlock, type ExecuteInput, executeBlock } from '@cess/node/parts';
import { concatBytes, equalBytes, InvariantError } from '@cess/primitives';
import { keyText } from './sorted-store.js';

/** One of so many executions that could be shared is done again. */
const sampling = 16;
/** Blocks whose results are kept. */
const capacity = 512;

interface Execution {
  readonly header: ExecutedBlock['header'];
  readonly hookFailures: ExecutedBlock['hookFailures'];
  readonly changes: readonly (readonly [key: Uint8Array, value: Uint8Array | undefined])[];
}

export class SharedExecution {
  readonly #known = new Map<string, Execution>();
  #asked = 0;
  /** Executions that were done again. */
  repeated = 0;

  readonly execute = (input: ExecuteInput): ExecutedBlock => {
    const key = keyOf(input);
    const known = this.#known.get(key);
    if (known === undefined) return this.#first(key, input);
    if (++this.#asked % sampling === 0) return this.#again(known, input);
    return this.#shared(known, input);
  };

  #first(key: string, input: ExecuteInput): ExecutedBlock {
    const executed = executeBlock(input);
    const { header, hookFailures, overlay } = executed;
    this.#known.set(key, { header, hookFailures, changes: [...overlay.changes()] });
    const oldest = this.#known.keys().next();
    if (this.#known.size > capacity && !oldest.done) this.#known.delete(oldest.value);
    return executed;
  }

  #again(known: Execution, input: ExecuteInput): ExecutedBlock {
    this.repeated++;
    const executed = executeBlock(input);
    if (equalBytes(headerHash(executed.header), headerHash(known.header))) return executed;
    throw new InvariantError('a block gave two results on the same state');
  }

  #shared({ header, hookFailures, changes }: Execution, { overlay, extrinsics }: ExecuteInput): ExecutedBlock {
    for (const [key, value] of changes) {
      if (value === undefined) overlay.delete(key);
      else overlay.put(key, value);
    }
    return { header: { ...header, state_root: overlay.storageRoot() }, extrinsics, overlay, hookFailures };
  }
}

/** Everything that the execution depends on, but the clock of the node, which only refuses blocks of the future. */
function keyOf({ fields, extrinsics }: ExecuteInput): string {
  const digest = fields.digest.flatMap((item) => (item.type === 'PreRuntime' ? [item.value[0], item.value[1]] : []));
  return keyText(concatBytes(fields.parentHash, ...digest, ...extrinsics));
}
