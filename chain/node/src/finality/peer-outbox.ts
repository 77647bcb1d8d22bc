// Messages to single peers by a request protocol. What waits for a peer goes in bundles (GR-25), few under way to each, in order. A voter repeats
// what it has to say, so where too many wait, or too many bytes, the oldest are dropped.
import { encodeBundle, maxBundleBytes, maxBundleMessages } from '@cess/consensus';
import type { NetworkHost, PeerId, RequestProtocol } from '@cess/network';
import { MiB } from '@cess/primitives';

/** Half of what the receiver allows, so that an honest sender never exceeds it. */
const underWayShare = 0.5;
/** Of each peer: several rounds of the votes of a large set. */
const maxWaiting = 4_096;
/** Of each peer. The votes of a set of a thousand members in two rounds, and a catch-up. */
const maxWaitingBytes = 4 * MiB;

interface Outbox {
  readonly waiting: Uint8Array[];
  waitingBytes: number;
  underWay: number;
  /** Whether the waiting messages leave at the end of this step. */
  isDue: boolean;
}

export interface PeerOutboxInit {
  readonly host: Pick<NetworkHost, 'request'>;
  readonly protocol: RequestProtocol;
  readonly signal: AbortSignal;
  readonly onFailed: (peer: PeerId, error: unknown) => void;
}

export class PeerOutbox {
  readonly #init: PeerOutboxInit;
  readonly #boxes = new Map<PeerId, Outbox>();
  readonly #maxUnderWay: number;

  constructor(init: PeerOutboxInit) {
    this.#init = init;
    this.#maxUnderWay = Math.max(1, Math.floor(init.protocol.maxConcurrentPerPeer * underWayShare));
  }

  send(peer: PeerId, message: Uint8Array): void {
    const box = this.#boxes.get(peer) ?? { waiting: [], waitingBytes: 0, underWay: 0, isDue: false };
    this.#boxes.set(peer, box);
    box.waiting.push(message);
    box.waitingBytes += message.length;
    while (box.waiting.length > maxWaiting || box.waitingBytes > maxWaitingBytes) takeOldest(box);
    if (box.isDue) return;
    box.isDue = true;
    // After the step of the voter, which often has many messages for the same peer.
    queueMicrotask(() => {
      box.isDue = false;
      this.#advance(peer, box);
    });
  }

  /** Drops what waits for a peer that is gone. */
  forget(peer: PeerId): void {
    const box = this.#boxes.get(peer);
    while (box !== undefined && box.waiting.length > 0) takeOldest(box);
  }

  #advance(peer: PeerId, box: Outbox): void {
    while (box.underWay < this.#maxUnderWay && !this.#init.signal.aborted) {
      const messages = takeBundle(box);
      if (messages.length === 0) break;
      box.underWay += 1;
      void this.#deliver(peer, box, encodeBundle(messages));
    }
    if (box.underWay === 0 && box.waiting.length === 0 && !box.isDue) this.#boxes.delete(peer);
  }

  async #deliver(peer: PeerId, box: Outbox, content: Uint8Array): Promise<void> {
    const { host, protocol, signal, onFailed } = this.#init;
    try {
      await host.request(peer, protocol, content, signal);
    } catch (error) {
      onFailed(peer, error);
    }
    box.underWay -= 1;
    this.#advance(peer, box);
  }
}

/** The oldest messages that fit into one request. */
function takeBundle(box: Outbox): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let size = 0;
  while (messages.length < maxBundleMessages) {
    size += box.waiting[0]?.length ?? 0;
    if (messages.length > 0 && size > maxBundleBytes) break;
    const message = takeOldest(box);
    if (message === undefined) break;
    messages.push(message);
  }
  return messages;
}

function takeOldest(box: Outbox): Uint8Array | undefined {
  const message = box.waiting.shift();
  box.waitingBytes -= message?.length ?? 0;
  return message;
}
