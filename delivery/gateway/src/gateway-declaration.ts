// What happens to stored files after the answer: declaration with the attestations of their holders, replacement of
// holders, renewal, holes, and what the chain says of the holders later.
import type { ObjectIndex } from '@cess/object-index';
import type { BackgroundPorts, SetAside, Startable } from '@cess/primitives';
import type { GatewayChain } from './chain-port.js';
import { Attestations } from './declaration/attestations.js';
import { Declarer } from './declaration/declarer.js';
import { FragmentPlacement } from './declaration/fragment-placement.js';
import { HolderFollower } from './declaration/holder-follower.js';
import { HolderReplacer } from './declaration/holder-replacer.js';
import { HoleFiller } from './declaration/hole-filler.js';
import { OwnerHolds } from './declaration/owner-holds.js';
import type { Quota } from './declaration/quota-ledger.js';
import { Renewer } from './declaration/renewer.js';
import { DeletionGrace } from './fleet/deletion-grace.js';
import type { GatewayConfig } from './gateway-config.js';
import type { GatewayDataPath } from './gateway-data-path.js';

interface DeclarationParts {
  readonly index: ObjectIndex;
  readonly chain: GatewayChain;
  readonly quota: Quota;
  readonly dataPath: GatewayDataPath;
  readonly background: (component: string) => BackgroundPorts;
  /** Whether the deletion with this number in the outbox may reach the chain. */
  readonly mayDelete: (sequence: number) => boolean;
}

export interface GatewayDeclaration extends Startable {
  readonly declarer: Declarer;
  readonly holds: OwnerHolds;
  readonly replacer: HolderReplacer;
  readonly filler: HoleFiller;
  /** Records that the loops set aside. */
  readonly asides: readonly SetAside[];
}

export function createDeclaration(parts: DeclarationParts, config: GatewayConfig): GatewayDeclaration {
  const { index, chain, quota, dataPath, background, mayDelete } = parts;
  const { client, directory, arena, workers, stripes, placer, reader, orphans } = dataPath;
  const { timers, logger, gate } = background('declaration');
  const grace = gate && new DeletionGrace(() => timers.nowMs());
  const identity = { genesis: chain.genesis, gateway: config.account };
  const attestations = new Attestations({ ...identity, client, directory, logger });
  const placement = new FragmentPlacement({ ...identity, arena, workers, stripes, placer });
  const replacer = new HolderReplacer({
    ...background('declaration'),
    index,
    directory,
    attestations,
    placement,
    onReplaced: (fileId) => declarer.retry(fileId),
  });
  const holds = new OwnerHolds({ index, chain, timers, logger });
  const declarer: Declarer = new Declarer({
    ...background('declaration'),
    index,
    chain,
    attestations,
    quota,
    holds,
    placer,
    onTooFewHolders: (fileId) => replacer.request(fileId),
    isBeingRead: (fileId) => reader.isReading(fileId) || (grace?.isWaiting(fileId) ?? false),
    mayDelete,
    ...(config.attestPatienceMs === undefined ? {} : { attestPatienceMs: config.attestPatienceMs }),
  });
  const renewer = new Renewer({ ...background('renewal'), index, client, directory });
  const filler = new HoleFiller({ ...background('holes'), index, chain, placement, attestations });
  const holders = new HolderFollower({ ...background('holders'), index, chain });
  return {
    declarer,
    holds,
    replacer,
    filler,
    asides: [declarer.setAside, replacer.setAside, renewer.setAside, filler.setAside, holders.setAside],
    async start() {
      await replacer.start();
      await declarer.start();
      await filler.start();
      await renewer.start();
      await holders.start();
      await orphans.start();
    },
    async stop() {
      await orphans.stop();
      await holders.stop();
      await renewer.stop();
      await filler.stop();
      await declarer.stop();
      await replacer.stop();
    },
  };
}
