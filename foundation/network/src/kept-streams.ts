// Streams that have carried a request and can carry another one: to open a stream costs more than a small request does
// (docs/protocol/network.md §3).
import type { Stream } from '@libp2p/interface';
import { FrameStream } from './frame-stream.js';
import type { PeerId } from './peer-id.js';

/** Most idle streams that are kept for one protocol at one peer. */
const maxIdle = 2;

export class KeptStreams {
  readonly #idle = new Map<string, readonly FrameStream[]>();

  /** A new stream, which the caller owns. */
  adopt(peer: PeerId, protocol: string, stream: Stream): FrameStream {
    const frames = new FrameStream(stream);
    const forget = () => {
      this.#forget(keyOf(peer, protocol), frames);
      // Where the peer has closed its side only.
      frames.abort(new Error('the peer ended the stream'));
    };
    stream.addEventListener('end', forget, { once: true });
    return frames;
  }

  /** An idle stream, which the caller now owns. */
  take(peer: PeerId, protocol: string): FrameStream | undefined {
    const key = keyOf(peer, protocol);
    const taken = this.#idle.get(key)?.at(-1);
    if (taken !== undefined) this.#forget(key, taken);
    return taken;
  }

  /** Keeps a stream between two requests, until it is taken or ends. */
  keep(peer: PeerId, protocol: string, frames: FrameStream): void {
    const key = keyOf(peer, protocol);
    const idle = this.#idle.get(key) ?? [];
    if (frames.isOpen && idle.length < maxIdle) this.#idle.set(key, [...idle, frames]);
    else frames.abort(new Error('the stream is not kept'));
  }

  #forget(key: string, frames: FrameStream): void {
    const left = this.#idle.get(key)?.filter((each) => each !== frames) ?? [];
    if (left.length === 0) this.#idle.delete(key);
    else this.#idle.set(key, left);
  }
}

function keyOf(peer: PeerId, protocol: string): string {
  return `${peer} ${protocol}`;
}
