// Synchronizes the holders in the index with those on chain. The audit removes holders, other providers restore their
// fragments, and readers need the current holder. The follower subscribes to finalized events. A background scan of all
// declared files finds changes made while this process was down. It is repeated when blocks were missed.
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
  /** The last file compared by the running scan. */
  #after: Uint8Array | undefined;

  constructor(private readonly init: HolderFollowerInit) {
    const name = 'holder follower';
    this.setAside = new SetAside(name, init);
    this.#loop = new BackgroundLoop({ ...init, name, task: (signal) => this.#pass(signal) });
  }

  async start(): Promise<void> {
    // Subscribe before the scan starts, so that no change is missed in between.
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

  /** Starts a scan from the first file; restarts a running scan. */
  #compareAll(): void {
    this.#after = undefined;
    this.#loop.trigger();
  }

  async #apply(changes: readonly HolderChange[]): Promise<void> {
    const { gate } = this.init;
    const leave = gate?.enter();
    // Another gateway applies them. If this one takes over, it compares all files.
    if (gate !== undefined && leave === undefined) return this.#compareAll();
    try {
      await this.#applyAll(changes);
    } finally {
      leave?.();
    }
  }

  async #applyAll(changes: readonly HolderChange[]): Promise<void> {
    for (const { fileId, segment, fragment, holder } of changes) {
      await this.#attempt(fileId, () => this.init.index.setHolder(fileId, segment, fragment, holder));
    }
  }

  /** Continues with the next file after a failure. */
  async #pass(signal: AbortSignal): Promise<void> {
    for (;;) {
      const fileIds = await this.init.index.listDeclared(filesPerTurn, this.#after);
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
    const segmentCount = (await index.getFile(fileId))?.segmentCount ?? 0;
    for (let segment = 0; segment < segmentCount; segment++) {
      const known = (await index.getSegment(fileId, segment))?.fragments ?? [];
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
