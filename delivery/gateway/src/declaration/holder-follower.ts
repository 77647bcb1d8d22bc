// Keeps the holders in the index equal to those on chain: fragments are lost to the audit and restored by others, and a
// reader must find them. Finalized events are followed from now on. What was missed before, while this process was down, is
// found by one pass over all declared files in the background. Another pass follows when blocks were missed.
import type { ObjectIndex } from '@cess/object-index';
import { BackgroundLoop, type BackgroundPorts, pause, SetAside, type Startable, toHex } from '@cess/primitives';
import type { GatewayChain, HolderChange } from '../chain-port.js';

const filesPerTurn = 20;
const pauseMs = 20;

export interface HolderFollowerInit extends BackgroundPorts {
  readonly index: Pick<ObjectIndex, 'setHolder' | 'listDeclared' | 'getSegment' | 'getFile'>;
  readonly chain: Pick<GatewayChain, 'followHolders' | 'holdersOf'>;
}

export class HolderFollower implements Startable {
  /** Files that cannot be processed. */
  readonly setAside: SetAside;
  readonly #loop: BackgroundLoop;
  #unfollow: (() => Promise<void>) | undefined;
  /** The last file that the pass under way has compared. */
  #after: Uint8Array | undefined;

  constructor(private readonly init: HolderFollowerInit) {
    const name = 'holder follower';
    this.setAside = new SetAside(name, init);
    this.#loop = new BackgroundLoop({ ...init, name, task: (signal) => this.#pass(signal) });
  }

  async start(): Promise<void> {
    // Followed before the pass begins, so that nothing falls between them.
    this.#unfollow = this.init.chain.followHolders(
      (changes) => this.#apply(changes),
      () => this.#compareAll(),
    );
    this.#compareAll();
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#unfollow?.();
    await this.#loop.stop();
  }

  /** Begins a pass from the first file, also if one is under way. */
  #compareAll(): void {
    this.#after = undefined;
    this.#loop.trigger();
  }

  async #apply(changes: readonly HolderChange[]): Promise<void> {
    for (const { fileId, segment, fragment, holder } of changes) {
      await this.#attempt(fileId, () => this.init.index.setHolder(fileId, segment, fragment, holder));
    }
  }

  /** Continues with the next file after a failure. */
  async #pass(signal: AbortSignal): Promise<void> {
    for (;;) {
      const fileIds = this.init.index.listDeclared(filesPerTurn, this.#after);
      for (const fileId of fileIds) {
        await this.#attempt(fileId, () => this.#compare(fileId), signal);
        if (signal.aborted) return;
      }
      this.#after = fileIds.at(-1);
      if (this.#after === undefined) return;
      await pause(this.init.timers, pauseMs, signal);
    }
  }

  async #attempt(fileId: Uint8Array, work: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    await this.setAside.attempt(`file ${toHex(fileId)}`, work, signal);
  }

  async #compare(fileId: Uint8Array): Promise<void> {
    const { index, chain } = this.init;
    const segmentCount = index.getFile(fileId)?.segmentCount ?? 0;
    for (let segment = 0; segment < segmentCount; segment++) {
      const known = index.getSegment(fileId, segment)?.fragments ?? [];
      const recorded = await chain.holdersOf(fileId, segment, known.length);
      for (const [fragment, { holder, attested }] of known.entries()) {
        // Holes are left to the hole filler.
        if (attested && recorded[fragment] !== holder) {
          await index.setHolder(fileId, segment, fragment, recorded[fragment]);
        }
      }
    }
  }
}
