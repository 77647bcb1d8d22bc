// The library of Byzantine authorities (docs/protocol/simulation.md §4). Each runs the parts of an honest node and lies at its ports: in what
// it says to others, in what it hears, or in the blocks that it makes.
import type { Header } from '@cess/chain-primitives';
import {
  type Commit,
  decodeBundle,
  decodeMessage,
  encodeBundle,
  encodeMessage,
  justificationCodec,
  type Message,
  type SignedVote,
  signVote,
  type Vrf,
} from '@cess/consensus';
import type { NetworkHost } from '@cess/network';
import { handledElsewhere, toHex } from '@cess/primitives';
import type { ByzantineKind } from './plan.js';
import type { SimCrypto } from './sim-crypto.js';
import type { SimHost } from './sim-network.js';
import type { Disguise, SimNode } from './sim-node.js';

/** How long a late releaser keeps its votes. */
const lateMs = 14_000;
/** How far ahead a bogus server of catch-ups claims to be. */
const claimedRounds = 5;

export function createDisguise(kind: ByzantineKind, crypto: SimCrypto): Disguise {
  switch (kind) {
    // A twin is honest by itself; its seat has two of it.
    case 'twin':
    case 'two-faced':
      return { host: (host, node) => listen(host, (message) => (isOwn(message, node) ? undefined : message)) };
    case 'silent':
      return { host: (host) => speak(host, { message: () => [], gossip: () => undefined }) };
    case 'vote-withholder':
      return { host: (host, node) => speak(host, { message: (message) => (isOwn(message, node) ? [] : [message]) }) };
    case 'late-releaser':
      return { host: (host, node) => speak(host, { lateMs: (message) => (isOwn(message, node) ? lateMs : 0) }) };
    case 'stale-set':
      return { host: (host, node) => speak(host, { message: (message) => alsoOfOtherSets(message, node, crypto) }) };
    case 'bogus-catch-up':
      return { host: (host) => listen(host, asForTheFirstRound, speak(host, { message: bogusCatchUp })) };
    case 'surplus-equivocation':
      return { host: (host, node) => speak(host, { message: (message) => withSurplus(message, node, crypto) }) };
    case 'unused-headers':
      return { host: (host) => speak(host, { gossip: withUnusedHeader }) };
    case 'invalid-vrf':
      return { vrf: falseVrf(crypto.vrf) };
  }
}

interface Speech {
  /** What is said in place of a message of GRANDPA. */
  readonly message?: (message: Message) => readonly Message[];
  /** Delay of a message of GRANDPA. */
  readonly lateMs?: (message: Message) => number;
  /** What is said in place of other gossip; undefined: nothing. */
  readonly gossip?: (topic: string, content: Uint8Array) => Uint8Array | undefined;
}

function speak(host: SimHost, { message: replace, lateMs: delay, gossip }: Speech): NetworkHost {
  const inPlaceOf = (content: Uint8Array): { readonly bytes: Uint8Array; readonly lateMs: number }[] => {
    const message = decodeMessage(content);
    const said = replace?.(message) ?? [message];
    return said.map((each) => ({
      bytes: each === message ? content : encodeMessage(each),
      lateMs: delay?.(each) ?? 0,
    }));
  };
  const later = (ms: number, say: () => Promise<unknown>) => {
    const run = () => {
      // Whether a liar is heard is nobody's concern.
      if (host.isRunning) handledElsewhere(say());
    };
    if (ms === 0) run();
    else host.after(ms, run);
  };
  return {
    ...plain(host),
    publish: async (topic, content) => {
      if (topic.name === 'grandpa') {
        for (const each of inPlaceOf(content)) later(each.lateMs, () => host.publish(topic, each.bytes));
        return 0;
      }
      const said = gossip === undefined ? content : gossip(topic.name, content);
      return said === undefined ? 0 : host.publish(topic, said);
    },
    request: async (peer, protocol, request, signal) => {
      if (protocol.name !== 'grandpa') return host.request(peer, protocol, request, signal);
      for (const { bytes, lateMs } of decodeBundle(request).flatMap(inPlaceOf)) {
        later(lateMs, () => host.request(peer, protocol, encodeBundle([bytes]), signal));
      }
      return new Uint8Array(0);
    },
  };
}

/** What is heard in place of a message of GRANDPA; undefined: nothing. */
function listen(
  host: SimHost,
  hears: (message: Message) => Message | undefined,
  speaking: NetworkHost = plain(host),
): NetworkHost {
  const heard = (content: Uint8Array): Uint8Array | undefined => {
    const message = decodeMessage(content);
    const inPlace = hears(message);
    return inPlace === message ? content : inPlace && encodeMessage(inPlace);
  };
  return {
    ...speaking,
    handle: (protocol, handler) =>
      host.handle(protocol, async (request, context) => {
        if (protocol.name !== 'grandpa') return handler(request, context);
        const messages = decodeBundle(request).flatMap((message) => heard(message) ?? []);
        return handler(encodeBundle(messages), context);
      }),
    subscribe: (subscription) => {
      if (subscription.topic.name !== 'grandpa') return host.subscribe(subscription);
      return host.subscribe({
        ...subscription,
        validate: (message, signal) =>
          heard(message.content) === undefined ? 'ignore' : subscription.validate(message, signal),
      });
    },
  };
}

/** Any request for a catch-up is one that it answers. */
function asForTheFirstRound(message: Message): Message {
  return message.type === 'catch-up-request' ? { ...message, request: { ...message.request, round: 1 } } : message;
}

function plain(host: SimHost): NetworkHost {
  return {
    peerId: host.peerId,
    records: host.records,
    addresses: () => host.addresses(),
    peers: () => host.peers(),
    connect: (address) => host.connect(address),
    handle: (protocol, handler) => host.handle(protocol, handler),
    request: (peer, protocol, request, signal) => host.request(peer, protocol, request, signal),
    subscribe: (subscription) => host.subscribe(subscription),
    publish: (topic, content) => host.publish(topic, content),
    report: (peer, offence) => host.report(peer, offence),
    stop: () => host.stop(),
  };
}

function ownKey({ publicKey }: SimNode): string {
  return publicKey === undefined ? '' : toHex(publicKey);
}

function isOwn(message: Message, node: SimNode): boolean {
  return message.type === 'vote' && message.vote.voter === ownKey(node);
}

function signed(vote: Omit<SignedVote, 'voter' | 'signature'>, node: SimNode, crypto: SimCrypto): SignedVote {
  const { secretSeed } = node.init;
  const signer = crypto.signatures.createSigner(secretSeed ?? new Uint8Array(32));
  return { ...vote, voter: ownKey(node), signature: signVote(vote, signer) };
}

/** The own vote, and the same one in the sets before and after, in a round of the past, and in the next one. */
function alsoOfOtherSets(message: Message, node: SimNode, crypto: SimCrypto): readonly Message[] {
  if (message.type !== 'vote' || !isOwn(message, node)) return [message];
  const { kind, round, setId, target } = message.vote;
  const places = [
    { setId: setId + 1, round },
    { setId: Math.max(0, setId - 1), round: Math.max(1, round - 2) },
    { setId, round: round + 1 },
  ];
  return [
    message,
    ...places.map((place) => ({ type: 'vote', vote: signed({ kind, target, ...place }, node, crypto) }) as const),
  ];
}

/** Claims rounds that there are not, and answers with votes that are none. */
function bogusCatchUp(message: Message): readonly Message[] {
  if (message.type === 'neighbour') {
    const { packet } = message;
    return [{ type: 'neighbour', packet: { ...packet, round: packet.round + claimedRounds } }];
  }
  if (message.type !== 'catch-up') return [message];
  const { catchUp } = message;
  const prevotes = catchUp.prevotes.map((vote, i) => (i === 0 ? { ...vote, signature: new Uint8Array(64) } : vote));
  return [{ type: 'catch-up', catchUp: { ...catchUp, round: catchUp.round + claimedRounds, prevotes } }];
}

/** A commit with a second vote of its sender that it does not need. */
function withSurplus(message: Message, node: SimNode, crypto: SimCrypto): readonly Message[] {
  if (message.type !== 'commit') return [message];
  const { commit } = message;
  const parent = parentOf(commit, node);
  if (parent === undefined) return [message];
  const vote = { kind: 'precommit', round: commit.round, setId: commit.setId, target: parent } as const;
  const { target, signature, voter } = signed(vote, node, crypto);
  return [{ type: 'commit', commit: { ...commit, precommits: [...commit.precommits, { target, signature, voter }] } }];
}

function parentOf({ target }: Commit, node: SimNode): Commit['target'] | undefined {
  const header = node.parts?.view.header(Uint8Array.from(Buffer.from(target.hash, 'hex')));
  return header && { hash: toHex(header.parent_hash), number: target.number - 1 };
}

/** A finality proof with a header that no vote needs. */
function withUnusedHeader(topic: string, content: Uint8Array): Uint8Array {
  if (topic !== 'justifications') return content;
  const justification = justificationCodec.decode(content);
  const unused: Header = {
    parent_hash: justification.commit.target_hash,
    number: justification.commit.target_number + 1,
    state_root: new Uint8Array(32),
    extrinsics_root: new Uint8Array(32),
    digest: { logs: [] },
  };
  return justificationCodec.encode({
    ...justification,
    votes_ancestries: [...justification.votes_ancestries, unused],
  });
}

/** Proofs for another input than that of the slot, which its own engine takes for right. */
function falseVrf({ prove, proofToHash }: Vrf): Vrf {
  return {
    prove: (seed, alpha) => prove(seed, alpha.toReversed()),
    verify: (_key, _alpha, proof) => proofToHash(proof),
    proofToHash,
  };
}
