// The chain nodes of the network as processes: the first validator, whose RPC all roles use, and the others. They find each other at the
// peer-to-peer addresses that each reports when it is ready.
import { ChainClient } from '@cess/client';
import type { ValidatorAction, ValidatorStatus } from '@cess/node-api';
import { CessError, type Logger, messageOf, present } from '@cess/primitives';
import type { NodeReport, P2pConfig } from '@cess/role-process';
import type { RoleProcess, RoleProcessInit } from './role-process.js';

export interface ChainProcessesInit {
  /** Of the validators; the first one is the node of the network. */
  readonly names: readonly string[];
  readonly process: (name: string, init: Pick<RoleProcessInit, 'config' | 'onReady' | 'onGiveUp'>) => RoleProcess;
  /** Configuration of a node for its next start. `rpcPort`: undefined before its first one. */
  readonly configOf: (name: string, rpcPort: number | undefined, p2p: P2pConfig | null) => object;
  /** Of the first node when it is alone; null: it has no peer-to-peer network. */
  readonly p2p: P2pConfig | null;
  /** The first node serves. */
  readonly onReady: (rpcEndpoint: string) => void;
  readonly onGiveUp: (reason: string) => void;
  readonly logger: Logger;
}

interface ChainProcess {
  readonly name: string;
  readonly process: RoleProcess;
  rpcPort: number | undefined;
  /** Where others reach it; empty before it was ready. */
  addresses: readonly string[];
  report: NodeReport;
}

const listenAnywhere: P2pConfig = {
  listen: ['/ip4/127.0.0.1/tcp/0'],
  announce: [],
  bootstrap: [],
  isRelay: false,
  privateAddresses: true,
  place: null,
};

export class ChainProcesses {
  readonly #init: ChainProcessesInit;
  readonly #nodes: readonly ChainProcess[];
  #isPaused = false;

  constructor(init: ChainProcessesInit) {
    this.#init = init;
    this.#nodes = init.names.map((name, index) => this.#create(name, index === 0));
  }

  /** Resolves when all serve. */
  async start(): Promise<void> {
    const [first, ...others] = this.#nodes;
    await this.#startOne(present(first, 'the first node'));
    await Promise.all(others.map((node) => this.#startOne(node)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map(({ process }) => process.stop()));
  }

  /** What the first node says; while it restarts, what it said last. */
  async report(): Promise<NodeReport> {
    return this.#reportOf(present(this.#nodes[0], 'the first node'));
  }

  /** Nodes that are down have the heads of before. */
  validators(): Promise<ValidatorStatus[]> {
    return Promise.all(this.#nodes.map((node) => this.#statusOf(node)));
  }

  /** Throws `VALIDATOR_UNKNOWN`. */
  async act(name: string, action: ValidatorAction): Promise<ValidatorStatus> {
    const node = this.#nodes.find((each) => each.name === name);
    if (node === undefined)
      throw new CessError('VALIDATOR_UNKNOWN', `There is no validator "${name}"; see: cess status`);
    if (action !== 'start') await node.process.stop();
    if (action !== 'stop') await this.#startOne(node);
    return this.#statusOf(node);
  }

  /** Pauses or resumes authoring at all nodes, also at those that restart later. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    for (const node of this.#nodes) this.#applyPause(node);
  }

  #create(name: string, isFirst: boolean): ChainProcess {
    const node: ChainProcess = {
      name,
      rpcPort: undefined,
      addresses: [],
      report: { genesis: '', best: 0, finalized: 0 },
      process: this.#init.process(name, {
        config: () => this.#init.configOf(name, node.rpcPort, this.#p2pOf(node)),
        onReady: (endpoint) => {
          node.rpcPort = Number(new URL(endpoint).port);
          if (isFirst) this.#init.onReady(endpoint);
          if (this.#isPaused) this.#applyPause(node);
          void this.#noteAddresses(node, endpoint);
        },
        onGiveUp: (reason) => {
          if (isFirst) this.#init.onGiveUp(`the chain node cannot continue: ${reason}`);
          else this.#init.logger.error({ name, reason }, 'not restarting a validator');
        },
      }),
    };
    return node;
  }

  async #startOne(node: ChainProcess): Promise<void> {
    await node.process.start();
    await this.#noteAddresses(node, present(node.process.endpoint, 'the endpoint of a node that serves'));
  }

  #p2pOf(node: ChainProcess): P2pConfig | null {
    if (this.#nodes.length === 1) return this.#init.p2p;
    const isFirst = node === this.#nodes[0];
    const bootstrap = this.#nodes.flatMap((other) => (other === node ? [] : other.addresses));
    return { ...((isFirst ? this.#init.p2p : null) ?? listenAnywhere), bootstrap };
  }

  /** A restarted node listens at another port; the others dial it or are dialled by it. */
  async #noteAddresses(node: ChainProcess, endpoint: string): Promise<void> {
    if (this.#nodes.length === 1) return;
    const { logger } = this.#init;
    try {
      const client = await ChainClient.connect({ endpoint, logger });
      try {
        node.addresses = (await client.networkState()).addresses;
      } finally {
        await client.close();
      }
    } catch (error) {
      logger.warn({ name: node.name, reason: messageOf(error) }, 'a validator did not report its addresses');
    }
  }

  #applyPause({ name, process }: ChainProcess): void {
    process.ask(this.#isPaused ? 'pause' : 'resume').catch((error: unknown) => {
      const text = 'a chain node is unreachable; the request is applied after its restart';
      this.#init.logger.warn({ name, cause: String(error) }, text);
    });
  }

  async #reportOf(node: ChainProcess): Promise<NodeReport> {
    try {
      node.report = (await node.process.ask('status')) as NodeReport;
    } catch (error) {
      this.#init.logger.debug({ name: node.name, reason: messageOf(error) }, 'a chain node did not report its heads');
    }
    return node.report;
  }

  async #statusOf(node: ChainProcess): Promise<ValidatorStatus> {
    const { best, finalized } = await this.#reportOf(node);
    return { name: node.name, running: node.process.running, best, finalized };
  }
}
