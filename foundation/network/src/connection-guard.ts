// Decides which connections are opened: not to or from banned peers, peers without an Ed25519 key, or this node itself; not more than
// the limits allow in total, inbound, and for each range of addresses. It counts a connection from the moment its socket
// exists, so that handshakes under way count, too.

import type { ConnectionGater, PeerId as Libp2pPeerId, MultiaddrConnection } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import { isPrivateAddress, rangeOf } from './address-range.js';
import type { NetworkLimits } from './limits.js';
import { peerIdText } from './peer-id.js';
import type { PeerReputation } from './peer-reputation.js';

export type RefusedFor = 'banned' | 'key-type' | 'full' | 'range';

export interface ConnectionGuardOptions {
  readonly limits: NetworkLimits;
  readonly reputation: PeerReputation;
  readonly onRefused: (reason: RefusedFor) => void;
}

/** Range of relayed connections: the address is that of the relay. */
const relayed = 'relay';

export class ConnectionGuard implements ConnectionGater {
  readonly #byRange = new Map<string, number>();
  #total = 0;
  #inbound = 0;

  constructor(private readonly options: ConnectionGuardOptions) {}

  denyDialPeer = (peer: Libp2pPeerId): boolean => this.#deniesPeer(peer);

  denyInboundConnection = (connection: MultiaddrConnection): boolean => this.#deniesAddress(connection, true);

  denyOutboundConnection = (_peer: Libp2pPeerId, connection: MultiaddrConnection): boolean =>
    this.#deniesAddress(connection, false);

  denyInboundEncryptedConnection = (peer: Libp2pPeerId): boolean => this.#deniesPeer(peer);

  denyOutboundEncryptedConnection = (peer: Libp2pPeerId): boolean => this.#deniesPeer(peer);

  denyInboundRelayReservation = (peer: Libp2pPeerId): boolean => this.#deniesPeer(peer);

  denyOutboundRelayedConnection = (source: Libp2pPeerId, destination: Libp2pPeerId): boolean =>
    this.#deniesPeer(source) || this.#deniesPeer(destination);

  #deniesPeer(peer: Libp2pPeerId): boolean {
    if (peer.type !== 'Ed25519') return this.#refuse('key-type');
    return this.options.reputation.isBanned(peerIdText(peer)) && this.#refuse('banned');
  }

  #deniesAddress(connection: MultiaddrConnection, isInbound: boolean): boolean {
    const { limits } = this.options;
    const maxInbound = Math.ceil((limits.maxConnections * 3) / 4);
    if (this.#total >= limits.maxConnections || (isInbound && this.#inbound >= maxInbound)) return this.#refuse('full');
    const { range, isExempt } = this.#placeOf(connection.remoteAddr);
    const count = this.#byRange.get(range) ?? 0;
    if (!isExempt && count >= limits.maxConnectionsPerRange) return this.#refuse('range');
    this.#count(range, isInbound, 1);
    connection.addEventListener('close', () => this.#count(range, isInbound, -1), { once: true });
    return false;
  }

  #placeOf(address: Multiaddr): { readonly range: string; readonly isExempt: boolean } {
    const host = ipOf(address);
    const isExempt = this.options.limits.isPrivateExempt && isPrivateAddress(host);
    return { range: isRelayed(address) ? relayed : rangeOf(host), isExempt };
  }

  #count(range: string, isInbound: boolean, change: 1 | -1): void {
    this.#total += change;
    if (isInbound) this.#inbound += change;
    const count = (this.#byRange.get(range) ?? 0) + change;
    if (count === 0) this.#byRange.delete(range);
    else this.#byRange.set(range, count);
  }

  #refuse(reason: RefusedFor): true {
    this.options.onRefused(reason);
    return true;
  }
}

/** The first IP address of a multiaddress; that of the relay for relayed addresses. */
function ipOf(address: Multiaddr): string | undefined {
  return address.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6')?.value;
}

export function isRelayed(address: Multiaddr): boolean {
  return address.getComponents().some(({ name }) => name === 'p2p-circuit');
}
