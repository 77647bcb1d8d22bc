// Where peers say that they stand, and when they were last answered. Bounded.
import type { NeighbourPacket } from './messages.js';

const maxPeers = 1024;

interface PeerView {
  packet: NeighbourPacket | undefined;
  /** Next time at which each kind of answer may be sent again. */
  readonly answerAtMs: Map<'commit' | 'handover' | 'catch-up', number>;
}

export class PeerViews {
  readonly #views = new Map<string, PeerView>();

  /** False if the packet goes backwards: a peer never returns to an earlier set, round or finalized height (GR-22). */
  update(peer: string, packet: NeighbourPacket): boolean {
    const view = this.#viewOf(peer);
    const { packet: last } = view;
    if (last) {
      const isBackwards =
        packet.commitHeight < last.commitHeight ||
        packet.setId < last.setId ||
        (packet.setId === last.setId && packet.round < last.round);
      if (isBackwards) return false;
    }
    view.packet = packet;
    return true;
  }

  /** Whether an answer of the kind is due; the next one is after `intervalMs`. */
  mayAnswer(peer: string, kind: 'commit' | 'handover' | 'catch-up', nowMs: number, intervalMs: number): boolean {
    const { answerAtMs } = this.#viewOf(peer);
    if (nowMs < (answerAtMs.get(kind) ?? 0)) return false;
    answerAtMs.set(kind, nowMs + intervalMs);
    return true;
  }

  remove(peer: string): void {
    this.#views.delete(peer);
  }

  #viewOf(peer: string): PeerView {
    const known = this.#views.get(peer);
    if (known) return known;
    const view: PeerView = { packet: undefined, answerAtMs: new Map() };
    this.#views.set(peer, view);
    if (this.#views.size > maxPeers) {
      const oldest = this.#views.keys().next();
      if (!oldest.done) this.#views.delete(oldest.value);
    }
    return view;
  }
}
