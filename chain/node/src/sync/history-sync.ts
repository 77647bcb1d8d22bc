// Fetches the blocks below a state that was taken from peers, from the highest down (docs/protocol/sync.md §5).
import { headerHash } from '@cess/consensus';
import type { NetworkHost, PeerId } from '@cess/network';
import { BackgroundLoop, type BackgroundPorts, elementAt, equalBytes, isCessError } from '@cess/primitives';
import { decoded } from '../decoded.js';
import type { BlockPointer, BlockStore } from '../engine/block-store.js';
import type { EngineHost } from '../engine/engine-host.js';
import { blockResponse, branchesProtocol, branchRequest, maxBlocksPerResponse } from './sync-messages.js';

export interface HistorySyncInit extends BackgroundPorts {
  readonly host: Pick<NetworkHost, 'peers' | 'request' | 'report'>;
  readonly engine: Pick<EngineHost, 'run'>;
  readonly blocks: BlockStore;
}

const periodMs = 5_000;

export class HistorySync {
  readonly #init: HistorySyncInit;
  readonly #loop: BackgroundLoop;
  #turn = 0;
  /** Blocks asked for at once: fewer where they are large, because a response is cut at its end, and more again behind those. */
  #count = maxBlocksPerResponse;

  constructor(init: HistorySyncInit) {
    this.#init = init;
    this.#loop = new BackgroundLoop({ ...init, name: 'history', task: (signal) => this.#fetch(signal), periodMs });
  }

  /** Does nothing where nothing is missing. */
  start(): void {
    if (this.#init.blocks.historyEnd() !== undefined) this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #fetch(signal: AbortSignal): Promise<'again' | undefined> {
    const { host, blocks, logger } = this.#init;
    const end = blocks.historyEnd();
    const peers = host.peers();
    if (end === undefined || peers.length === 0) return undefined;
    const { peer } = elementAt(peers, this.#turn++ % peers.length);
    try {
      return (await this.#fetchFrom(peer, end, signal)) ? 'again' : undefined;
    } catch (error) {
      if (signal.aborted || !isCessError(error)) throw error;
      if (error.code === 'HISTORY_INVALID') host.report(peer, 'hostile');
      else if (!error.code.startsWith('NETWORK_')) throw error;
      logger.debug({ peer, reason: error.message }, 'a peer gave no history');
      return undefined;
    }
  }

  /** True if there was something, or the next request is smaller. */
  async #fetchFrom(peer: PeerId, { number, hash }: BlockPointer, signal: AbortSignal): Promise<boolean> {
    const { host, engine, blocks, logger } = this.#init;
    const request = branchRequest.encode({ hash, above: Math.max(0, number - this.#count) });
    const found = decoded(blockResponse, await host.request(peer, branchesProtocol, request, signal));
    if (found === undefined) host.report(peer, 'malformed');
    const last = found?.at(-1);
    if (found === undefined || last === undefined) return false;
    if (!equalBytes(headerHash(last.header), hash) && this.#count > 1) {
      this.#count = Math.ceil(this.#count / 2);
      return true;
    }
    await engine.run('addHistory', found);
    this.#count = Math.min(maxBlocksPerResponse, this.#count + Math.ceil(this.#count / 8));
    if (blocks.historyEnd() === undefined) logger.info({}, 'the history of the chain is complete');
    return true;
  }
}
