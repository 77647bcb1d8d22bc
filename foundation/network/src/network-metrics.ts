// What a host counts (docs/operations/observability.md). Labels hold names of protocols, topics and offences, never peers.
import type { Counter, Metrics } from '@cess/primitives';

export interface NetworkReadings {
  readonly peers: () => number;
  readonly bans: () => number;
  readonly storedRecords: () => number;
}

export interface NetworkMetrics {
  readonly requests: Counter<'protocol' | 'direction' | 'outcome'>;
  readonly requestBytes: Counter<'protocol' | 'direction'>;
  readonly gossip: Counter<'topic' | 'outcome'>;
  readonly offences: Counter<'offence'>;
  readonly banned: Counter<'offence'>;
  readonly refusedConnections: Counter<'reason'>;
}

export function declareNetworkMetrics(metrics: Metrics, readings: NetworkReadings): NetworkMetrics {
  metrics.gauge({ name: 'cess_network_peers', help: 'Connected peers' }, readings.peers);
  metrics.gauge({ name: 'cess_network_bans', help: 'Peers that are banned now' }, readings.bans);
  metrics.gauge(
    { name: 'cess_network_stored_records', help: 'Capability records that this node stores for the network' },
    readings.storedRecords,
  );
  return {
    requests: metrics.counter({
      name: 'cess_network_requests_total',
      help: 'Requests between peers, by protocol, direction and outcome',
      labels: ['protocol', 'direction', 'outcome'],
    }),
    requestBytes: metrics.counter({
      name: 'cess_network_request_bytes_total',
      help: 'Bytes of requests and responses that were sent (out) and received (in)',
      labels: ['protocol', 'direction'],
    }),
    gossip: metrics.counter({
      name: 'cess_network_gossip_messages_total',
      help: 'Gossip messages, by topic and outcome',
      labels: ['topic', 'outcome'],
    }),
    offences: metrics.counter({
      name: 'cess_network_offences_total',
      help: 'Offences of peers, by kind',
      labels: ['offence'],
    }),
    banned: metrics.counter({
      name: 'cess_network_banned_total',
      help: 'Bans of peers, by the offence that completed them',
      labels: ['offence'],
    }),
    refusedConnections: metrics.counter({
      name: 'cess_network_refused_connections_total',
      help: 'Connections that the limits or a ban refused, by reason',
      labels: ['reason'],
    }),
  };
}
