// The checks of safety, at every step of every node (docs/protocol/simulation.md §5). They know what honest nodes finalized, made,
// voted and logged, and forget nothing over crashes and restored backups.
import { decodeBundle, decodeMessage, decodeOwnVotes, type SignedVote } from '@cess/consensus';
import type { NetworkHost, Offence } from '@cess/network';
import type { BlockPointer, EngineCalls, Finalized, ImportedBlock } from '@cess/node/parts';
import { equalBytes, isCessError, type LogFields, messageOf, toHex } from '@cess/primitives';
import type { NodeObserver, ObservedNode } from './node-observer.js';
import type { LogLevel } from './observed-logger.js';
import type { Trace } from './trace.js';

export interface Violation {
  readonly rule: string;
  readonly node: number;
  readonly atMs: number;
  readonly text: string;
}

export interface SafetyCheckerInit {
  readonly nowMs: () => number;
  readonly trace: Trace;
  readonly isConflictAllowed: boolean;
  /** Keys in hex of Byzantine authorities. */
  readonly byzantineKeys: ReadonlySet<string>;
  /** Those among them whose blocks no honest node may import. */
  readonly forgingKeys: ReadonlySet<string>;
  /** Called when a process ended by itself; the simulation starts it again. */
  readonly onEnded: (node: ObservedNode) => void;
}

/** Where a database keeps the record of its voter: the prefix of blocks, and the key in there. */
const voterRecordKey = 'cG';
/** Offences that an honest peer never commits. */
const blame: readonly Offence[] = ['hostile', 'invalid-message', 'malformed', 'oversized'];

export class SafetyChecker implements NodeObserver {
  readonly violations: Violation[] = [];
  /** Keys that somebody proved to have voted twice. */
  readonly proven = new Set<string>();
  /** Blocks that conflict with others that honest nodes finalized. */
  conflicts = 0;
  finalizedBlocks = 0;
  authoredBlocks = 0;
  reorganisations = 0;
  /** Highest round in which each node voted. */
  readonly rounds = new Map<number, number>();
  readonly #final = new Map<number, string>();
  readonly #finalizedOf = new Map<number, number>();
  readonly #restored = new Set<number>();
  readonly #votes = new Map<string, string>();
  readonly #checked = new WeakSet<Uint8Array>();
  readonly #blocks = new Map<string, string>();
  readonly #forged = new Set<string>();

  constructor(private readonly init: SafetyCheckerInit) {}

  /** Highest block that the node reported as final. */
  finalizedOf(node: number): number {
    return this.#finalizedOf.get(node) ?? 0;
  }

  onStarted(node: ObservedNode, { finalized }: EngineCalls['heads']['result']): void {
    this.#note('start', node, finalized.hash);
    if (!node.isHonest) return;
    const before = this.finalizedOf(node.number);
    if (this.#restored.delete(node.number)) this.#finalizedOf.set(node.number, finalized.number);
    else if (finalized.number < before) {
      this.#violate('SI-31', node, `starts with final block ${finalized.number} after it had ${before}`);
    }
    this.#checkFinal(node, finalized);
  }

  onRestored(node: ObservedNode): void {
    this.#restored.add(node.number);
  }

  onFatal(node: ObservedNode, error: unknown, where: string): void {
    this.#note(`fatal ${where}`, node, noBytes);
    const isConflict = isCessError(error, 'FINALITY_CONFLICT');
    const isDisk = /planned|by plan/.test(messageOf(error)) || isCessError(error, 'KV_IO');
    if (node.isHonest && !isDisk && !(isConflict && this.init.isConflictAllowed)) {
      const stack = error instanceof Error ? error.stack : '';
      this.#violate('SI-35', node, `ended in ${where}: ${messageOf(error)} ${stack ?? ''}`);
    }
    if (!isConflict) this.init.onEnded(node);
  }

  onAuthored(node: ObservedNode, { header, pointer }: ImportedBlock): void {
    this.#note('author', node, pointer.hash);
    if (node.publicKey !== undefined && this.init.forgingKeys.has(toHex(node.publicKey))) {
      this.#forged.add(toHex(pointer.hash));
    }
    if (!node.isHonest || node.publicKey === undefined) return;
    this.authoredBlocks++;
    const claim = header.digest.logs.find(({ type }) => type === 'PreRuntime');
    const slot = claim?.type === 'PreRuntime' ? toHex(claim.value[1].subarray(0, 8)) : '';
    const name = `${toHex(node.publicKey)}/${slot}`;
    const before = this.#blocks.get(name);
    const hash = toHex(pointer.hash);
    if (before !== undefined && before !== hash) {
      this.#violate('SI-32', node, `made two blocks in one slot, the second one with number ${pointer.number}`);
    }
    this.#blocks.set(name, hash);
  }

  onImported(node: ObservedNode, { pointer, retracted }: ImportedBlock): void {
    this.#note('import', node, pointer.hash);
    if (retracted.length > 0) this.reorganisations++;
    if (node.isHonest && this.#forged.has(toHex(pointer.hash))) {
      this.#violate('SI-37', node, `imports the forged block ${pointer.number}`);
    }
  }

  /** Highest set in which a node voted. */
  highestSet = 0;

  onFinalized(node: ObservedNode, { newlyFinal, finalized }: Finalized): void {
    if (newlyFinal.length === 0) return;
    this.#note('final', node, finalized.hash);
    if (!node.isHonest) return;
    if (finalized.number < this.finalizedOf(node.number)) {
      this.#violate('SI-31', node, `finality goes back to ${finalized.number}`);
    }
    for (const block of newlyFinal) this.#checkFinal(node, block);
    this.#finalizedOf.set(node.number, finalized.number);
  }

  onLog(node: ObservedNode, level: LogLevel, fields: LogFields, message: string): void {
    if (message === 'an authority voted twice in one round') {
      const voter = String(fields['voter']);
      this.proven.add(voter);
      if (!this.init.byzantineKeys.has(voter)) this.#violate('SI-33', node, `proved that an honest voter voted twice`);
    } else if (level === 'error' && node.isHonest && !this.init.isConflictAllowed) {
      this.#violate('SI-35', node, `logs an error: ${message}`);
    }
  }

  /** A node blames a peer. */
  onReport(node: ObservedNode, peer: ObservedNode | undefined, offence: Offence): void {
    if (!node.isHonest || peer?.isHonest !== true || !blame.includes(offence)) return;
    this.#violate('SI-36', node, `blames the honest node ${peer.number} as ${offence}`);
  }

  observeHost(node: ObservedNode, host: NetworkHost): NetworkHost {
    const key = node.publicKey;
    if (key === undefined) return host;
    const check = (content: Uint8Array) => {
      // A vote: variant 0, its voter last.
      if (content[0] !== 0 || !equalBytes(content.subarray(-32), key)) return;
      // What is repeated to several peers is checked once.
      if (this.#checked.has(content)) return;
      this.#checked.add(content);
      const message = decodeMessage(content);
      if (message.type === 'vote') this.#checkVote(node, message.vote);
    };
    return {
      peerId: host.peerId,
      records: host.records,
      addresses: () => host.addresses(),
      peers: () => host.peers(),
      connect: (address, signal) => host.connect(address, signal),
      handle: (protocol, handler) => host.handle(protocol, handler),
      request: (peer, protocol, request, signal) => {
        if (protocol.name === 'grandpa') for (const message of decodeBundle(request)) check(message);
        return host.request(peer, protocol, request, signal);
      },
      subscribe: (subscription) => host.subscribe(subscription),
      publish: (topic, content) => {
        if (topic.name === 'grandpa') check(content);
        return host.publish(topic, content);
      },
      report: (peer, offence) => host.report(peer, offence),
      stop: () => host.stop(),
    };
  }

  #checkVote(node: ObservedNode, { kind, round, setId, target, voter }: SignedVote): void {
    this.highestSet = Math.max(this.highestSet, setId);
    this.rounds.set(node.number, Math.max(round, this.rounds.get(node.number) ?? 0));
    if (!node.isHonest) return;
    const name = `${voter}/${setId}/${round}/`;
    const before = this.#votes.get(name + kind);
    if (before === target.hash) return;
    if (before !== undefined) this.#violate('SI-33', node, `votes twice: ${kind} in round ${round} of set ${setId}`);
    this.#votes.set(name + kind, target.hash);
    const record = node.disk.durable(voterRecordKey);
    const current = record && decodeOwnVotes(record);
    const isStored = current?.round === round && current.own[kind]?.hash === target.hash;
    if (!isStored) this.#violate('SI-34', node, `sends a ${kind} in round ${round} that its disk does not have`);
    if (kind === 'precommit' && !this.#votes.has(`${name}prevote`)) {
      this.#violate('SI-34', node, `precommits in round ${round} without a prevote`);
    }
  }

  #checkFinal(node: ObservedNode, { number, hash }: BlockPointer): void {
    const name = toHex(hash);
    const known = this.#final.get(number);
    if (known === undefined) {
      this.#final.set(number, name);
      this.finalizedBlocks++;
    } else if (known !== name) {
      this.conflicts++;
      if (!this.init.isConflictAllowed) {
        this.#violate('SI-30', node, `finalizes block ${number} that conflicts with another final one`);
      }
    }
  }

  #note(what: string, node: ObservedNode, bytes: Uint8Array): void {
    const { trace, nowMs } = this.init;
    trace.number(Math.floor(nowMs()));
    trace.text(what);
    trace.number(node.number);
    trace.bytes(bytes);
  }

  #violate(rule: string, node: ObservedNode, text: string): void {
    this.violations.push({ rule, node: node.number, atMs: Math.floor(this.init.nowMs()), text });
  }
}

const noBytes = new Uint8Array(0);
