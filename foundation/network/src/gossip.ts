// Gossip topics. The validator of a topic decides before a message is forwarded; size, rate and the number of validations
// under way are limited before it is asked (docs/protocol/network.md §6).
import { FairPlaces, type Logger, messageOf, type Timers } from '@cess/primitives';
import { type Message, TopicValidatorResult } from '@libp2p/gossipsub';
import type { PeerId as Libp2pPeerId } from '@libp2p/interface';
import { withDeadline } from './deadline.js';
import { tooLarge } from './frames.js';
import type { NetworkNode } from './libp2p-node.js';
import type { NetworkLimits } from './limits.js';
import type { NetworkMetrics } from './network-metrics.js';
import type { NetworkNames } from './network-names.js';
import { type PeerId, peerIdText } from './peer-id.js';
import type { PeerReputation } from './peer-reputation.js';
import { TokenBuckets } from './token-bucket.js';

export interface GossipTopic {
  /** Lower-case letters, digits and hyphens, at most 32. Also the label of its metrics. */
  readonly name: string;
  readonly version: number;
  readonly maxMessageBytes: number;
  /** Messages a second that a peer may forward to this node on average; bursts of ten seconds' worth pass. */
  readonly maxPerSecondPerPeer: number;
}

/** `accept`: handled and forwarded. `ignore`: neither. `reject`: neither, and whoever forwarded it is penalized. */
export type GossipVerdict = 'accept' | 'ignore' | 'reject';

export interface GossipMessage {
  readonly content: Uint8Array;
  /** Who forwarded it, not who wrote it: messages carry their own signatures. */
  readonly from: PeerId;
}

export interface GossipSubscription {
  readonly topic: GossipTopic;
  /** Ends within a second; a message that takes longer is ignored. What it throws is logged, and the message ignored. */
  readonly validate: (message: GossipMessage, signal: AbortSignal) => GossipVerdict | Promise<GossipVerdict>;
  /** Called with accepted messages. Must not throw. */
  readonly handle: (message: GossipMessage) => void;
}

export interface GossipOptions {
  readonly node: NetworkNode;
  readonly names: NetworkNames;
  readonly limits: NetworkLimits;
  readonly reputation: PeerReputation;
  readonly metrics: NetworkMetrics;
  readonly logger: Logger;
  readonly timers: Timers;
}

const validationTimeoutMs = 1000;

const results: Readonly<Record<GossipVerdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

export class Gossip {
  readonly #places: FairPlaces;

  constructor(private readonly options: GossipOptions) {
    this.#places = new FairPlaces(options.limits.maxValidations);
  }

  /** The result ends the subscription. A topic has one subscription at a time. */
  subscribe(subscription: GossipSubscription): () => void {
    const { node, names, limits, timers } = this.options;
    const { topic } = subscription;
    const id = names.topic(topic.name, topic.version);
    const rates = new TokenBuckets(timers, topic.maxPerSecondPerPeer, 2 * limits.maxConnections);
    const { gossip } = node.services;
    gossip.topicValidators.set(id, async (peer: Libp2pPeerId, { data }: Message) => {
      // A Buffer prints, slices and compares differently.
      const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const message = { content, from: peerIdText(peer) };
      const verdict = await this.#judge(subscription, message, rates);
      // Handled here, because the events of the router do not say who forwarded a message.
      if (verdict === 'accept') subscription.handle(message);
      return results[verdict];
    });
    gossip.subscribe(id);
    return () => {
      gossip.unsubscribe(id);
      gossip.topicValidators.delete(id);
    };
  }

  /** Throws `NETWORK_MESSAGE_TOO_LARGE`. Resolves with the number of peers that it was sent to directly. */
  async publish(topic: GossipTopic, content: Uint8Array): Promise<number> {
    const { node, names, metrics } = this.options;
    if (content.length > topic.maxMessageBytes) throw tooLarge(content.length, topic.maxMessageBytes);
    const { recipients } = await node.services.gossip.publish(names.topic(topic.name, topic.version), content);
    metrics.gossip.add(1, { topic: topic.name, outcome: 'published' });
    return recipients.length;
  }

  async #judge(subscription: GossipSubscription, message: GossipMessage, rates: TokenBuckets): Promise<GossipVerdict> {
    const { reputation, metrics } = this.options;
    const { topic } = subscription;
    const count = (outcome: string) => metrics.gossip.add(1, { topic: topic.name, outcome });
    if (message.content.length > topic.maxMessageBytes) {
      reputation.report(message.from, 'oversized');
      count('oversized');
      return 'reject';
    }
    if (!rates.tryTake(message.from)) {
      reputation.report(message.from, 'over-rate');
      count('over-rate');
      return 'ignore';
    }
    const leave = this.#places.tryEnter(message.from);
    if (leave === undefined) {
      count('busy');
      return 'ignore';
    }
    const verdict = await this.#validate(subscription, message).finally(leave);
    if (verdict === 'reject') reputation.report(message.from, 'invalid-message');
    count(verdict);
    return verdict;
  }

  async #validate({ topic, validate }: GossipSubscription, message: GossipMessage): Promise<GossipVerdict> {
    const onTimeout = () => new Error(`it took longer than ${validationTimeoutMs} ms`);
    try {
      const deadline = { timers: this.options.timers, ms: validationTimeoutMs, onTimeout };
      return await withDeadline(deadline, async (signal) => validate(message, signal));
    } catch (error) {
      this.options.logger.warn(
        { topic: topic.name, cause: messageOf(error) },
        'gossip validation failed; message ignored',
      );
      return 'ignore';
    }
  }
}
