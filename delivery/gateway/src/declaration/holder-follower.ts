// Keeps the index's holders those of the chain: fragments are lost to the audit and restored by others, and a reader must
// find them. Finalized events are followed from the present on; what was missed before (this process was down) is found
// by one pass over all declared files, in the background; another follows when blocks were missed.
import type { ObjectIndex } from '@cess/object-index';
import { delay, type Logger, messageOf, type Startable } from '@cess/primitives';
import type { GatewayChain, HolderChange } from '../chain-port.js';

const filesPerTurn = 20;
const pauseMs = 20;
const retryMs = 5_000;

export interface HolderFollowerInit {
  readonly index: Pick<ObjectIndex, 'setHolder' | 'listDeclared' | 'getSegment' | 'getFile'>;
  readonly chain: Pick<GatewayChain, 'followHolders' | 'holdersOf'>;
  readonly logger: Logger;
}

export class HolderFollower implements Startable {
  readonly #stopping = new AbortController();
  #unfollow: (() => Promise<void>) | undefined;
  #pass: Promise<void> = Promise.resolve();

  constructor(private readonly init: HolderFollowerInit) {}

  async start(): Promise<void> {
    // Followed before the pass begins, so that nothing falls between them.
    this.#unfollow = this.init.chain.followHolders(
      (changes) => this.#apply(changes),
      () => this.#compareAgain(),
    );
    this.#compareAgain();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#unfollow?.();
    await this.#pass;
  }

  /** Passes run one after another. */
  #compareAgain(): void {
    this.#pass = this.#pass.then(() => this.#comparePast());
  }

  async #apply(changes: readonly HolderChange[]): Promise<void> {
    for (const { fileId, segment, fragment, holder } of changes) {
      await this.init.index.setHolder(fileId, segment, fragment, holder);
    }
  }

  async #comparePast(): Promise<void> {
    const { signal } = this.#stopping;
    let after: Uint8Array | undefined;
    while (!signal.aborted) {
      const fileIds = this.init.index.listDeclared(filesPerTurn, after);
      if (fileIds.length === 0) return;
      try {
        for (const fileId of fileIds) await this.#compare(fileId);
        after = fileIds.at(-1);
        await delay(pauseMs, signal).catch(() => {});
      } catch (error) {
        this.init.logger.debug({ cause: messageOf(error) }, 'holders could not be compared with the chain yet');
        await delay(retryMs, signal).catch(() => {});
      }
    }
  }

  async #compare(fileId: Uint8Array): Promise<void> {
    const { index, chain } = this.init;
    const segmentCount = index.getFile(fileId)?.segmentCount ?? 0;
    for (let segment = 0; segment < segmentCount && !this.#stopping.signal.aborted; segment++) {
      const known = index.getSegment(fileId, segment)?.fragments ?? [];
      const recorded = await chain.holdersOf(fileId, segment, known.length);
      for (const [fragment, { holder, attested }] of known.entries()) {
        // Holes are the hole filler's.
        if (attested && recorded[fragment] !== holder) {
          await index.setHolder(fileId, segment, fragment, recorded[fragment]);
        }
      }
    }
  }
}
