// Names on the wire. All carry the genesis hash, so that nodes of different networks have no protocol in common
// (docs/protocol/network.md §2).
import { invariant, toHex } from '@cess/primitives';

const namePattern = /^[a-z0-9-]{1,32}$/;

/** Names of one network. */
export class NetworkNames {
  readonly #prefix: string;

  /** `genesis`: 32 bytes. */
  constructor(readonly genesis: Uint8Array) {
    invariant(genesis.length === 32, 'a genesis hash has 32 bytes');
    this.#prefix = `/cess/${toHex(genesis)}`;
  }

  /** Of a request protocol: `/cess/<genesis>/req/<name>/<version>`. */
  request(name: string, version: number): string {
    return this.#name('req', name, version);
  }

  /** Of a gossip topic: `/cess/<genesis>/topic/<name>/<version>`. */
  topic(name: string, version: number): string {
    return this.#name('topic', name, version);
  }

  get dht(): string {
    return `${this.#prefix}/kad/1`;
  }

  /** Every node of the network supports it, and no other: it tells who belongs to the network. */
  get membership(): string {
    return `${this.#prefix}/member/1`;
  }

  /** Service name of multicast DNS; a label has at most 15 characters. */
  get mdns(): string {
    return `_cess-${toHex(this.genesis.subarray(0, 4))}._udp.local`;
  }

  /** DHT key of a capability record: `/cess-record/<genesis>/<node key>`. */
  record(key: Uint8Array): string {
    return `/${recordNamespace}/${toHex(this.genesis)}/${toHex(key)}`;
  }

  #name(kind: string, name: string, version: number): string {
    invariant(namePattern.test(name), `"${name}" is not a name of a protocol or topic`);
    return `${this.#prefix}/${kind}/${name}/${version}`;
  }
}

/** First part of the DHT keys of capability records; libp2p picks validators by it. */
export const recordNamespace = 'cess-record';
