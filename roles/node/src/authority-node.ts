// A chain node and, for an authority, the verdict checker, which is connected to the node inside the process.
import { systemRng } from '@cess/crypto';
import { type AuthorityKey, type ChainNode, type ChainNodeInit, createChainNode } from '@cess/node';
import { createVerdictWatcher } from '@cess/watcher';

export interface AuthorityNodeInit extends ChainNodeInit {
  readonly authority: AuthorityKey;
  /** Cleanups of node and watcher. The watcher is added last, so that it stops first. */
  readonly cleanups: (() => unknown)[];
}

/** Starts both. Throws what `ChainNode.start` throws. */
export async function startAuthorityNode({ cleanups, ...init }: AuthorityNodeInit): Promise<ChainNode> {
  const node = createChainNode(init);
  await node.start();
  cleanups.push(() => node.stop());
  const watcher = createVerdictWatcher({
    endpoint: node.rpcEndpoint,
    openSocket: (socket, listener) => node.openLocalSocket(socket, listener),
    authoritySeed: init.authority.seed,
    authorities: init.chainSpec.authorities.length,
    rng: systemRng,
    logger: init.logger,
    onFatal: init.onFatal,
    ...(init.metrics === undefined ? {} : { metrics: init.metrics }),
    ...(init.timers === undefined ? {} : { timers: init.timers }),
  });
  cleanups.push(() => watcher.stop());
  await watcher.start();
  return node;
}
