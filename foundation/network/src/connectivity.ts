// Keeps this node connected (CHAIN-3): dials bootstrap addresses while it has no peers, and walks through the DHT to random
// keys while it has fewer than it wants. So a node that knows one address gets to know the others, and finds back after an
// outage of all of them.
import { BackgroundLoop, type BackgroundPorts, isAbort, messageOf } from '@cess/primitives';
import type { PeerId as Libp2pPeerId } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { NetworkNode } from './libp2p-node.js';

export interface ConnectivityOptions extends BackgroundPorts {
  readonly node: NetworkNode;
  readonly bootstrap: readonly Multiaddr[];
  readonly targetPeers: number;
  readonly dialTimeoutMs: number;
}

const leastPauseMs = 1000;
const mostPauseMs = 60_000;
const walkTimeoutMs = 20_000;
const dialsPerRun = 8;

export class Connectivity {
  readonly #loop: BackgroundLoop;
  /** Doubles with every run that gains no peer. */
  #pauseMs = leastPauseMs;

  constructor(private readonly options: ConnectivityOptions) {
    const { node } = options;
    this.#loop = new BackgroundLoop({
      ...options,
      name: 'connectivity',
      task: (signal) => this.#run(signal),
      periodMs: () => this.#pauseMs,
    });
    node.addEventListener('peer:disconnect', () => this.#quicken());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  #quicken(): void {
    const { node, targetPeers } = this.options;
    const peers = node.getPeers().length;
    if (peers >= targetPeers) return;
    this.#pauseMs = leastPauseMs;
    if (peers === 0) this.#loop.trigger();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { node, targetPeers } = this.options;
    const before = node.getPeers().length;
    if (before === 0) await this.#dialAll(this.options.bootstrap, signal);
    if (node.getPeers().length > 0 && node.getPeers().length < targetPeers) await this.#walk(signal);
    const hasGained = node.getPeers().length > before;
    this.#pauseMs = hasGained ? leastPauseMs : Math.min(mostPauseMs, this.#pauseMs * 2);
  }

  async #walk(signal: AbortSignal): Promise<void> {
    const { node, rng, targetPeers } = this.options;
    const until = AbortSignal.any([signal, AbortSignal.timeout(walkTimeoutMs)]);
    const found: Libp2pPeerId[] = [];
    await this.#try('random walk', signal, async () => {
      for await (const event of node.services.dht.getClosestPeers(rng.bytes(32), { signal: until })) {
        if (event.name === 'FINAL_PEER') found.push(event.peer.id);
      }
    });
    const connected = new Set(node.getPeers().map(String));
    const wanted = found.filter((peer) => !peer.equals(node.peerId) && !connected.has(peer.toString()));
    await this.#dialAll(wanted.slice(0, Math.min(dialsPerRun, targetPeers - connected.size)), signal);
  }

  async #dialAll(targets: readonly (Multiaddr | Libp2pPeerId)[], signal: AbortSignal): Promise<void> {
    const { node, dialTimeoutMs } = this.options;
    await Promise.all(
      targets.map((target) =>
        this.#try('dial', signal, () =>
          node.dial(target, { signal: AbortSignal.any([signal, AbortSignal.timeout(dialTimeoutMs)]) }),
        ),
      ),
    );
  }

  /** Peers that cannot be reached are normal. */
  async #try(what: string, signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (signal.aborted && isAbort(error)) return;
      this.options.logger.debug({ what, cause: messageOf(error) }, 'no peer gained');
    }
  }
}
