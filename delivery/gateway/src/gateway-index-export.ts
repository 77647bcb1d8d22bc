// The export of the index into the network, or its absence.
import { accountIdOf } from '@cess/access';
import { copyAccount } from '@cess/accounts';
import { systemRng, type X25519Pair } from '@cess/crypto';
import { type StreamState, streamStateRecord } from '@cess/index-export';
import { dropJournal, type Journal, type ObjectIndex } from '@cess/object-index';
import type { BackgroundPorts, Startable } from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { GatewayChain } from './chain-port.js';
import { ContentStore } from './export/content-store.js';
import { IndexExporter } from './export/index-exporter.js';
import type { GatewayConfig } from './gateway-config.js';
import type { GatewayDataPath } from './gateway-data-path.js';
import type { KeyRotator } from './keys/key-rotator.js';
import { shareBuckets } from './keys/share-buckets.js';
import type { ServedAccount } from './served-account.js';

interface IndexExportParts {
  readonly kv: Kv;
  readonly index: ObjectIndex;
  /** Several gateways share the index. */
  readonly isShared: boolean;
  /** None: the index is not exported. */
  readonly journal: Journal | undefined;
  readonly chain: GatewayChain;
  readonly dataPath: Pick<GatewayDataPath, 'arena' | 'sealedPacks'>;
  readonly wrappingKey: X25519Pair;
  readonly served: () => readonly ServedAccount[];
  readonly rotator: Pick<KeyRotator, 'begin'>;
  readonly background: (component: string) => BackgroundPorts;
}

export interface IndexExport extends Startable {
  /** Age of the oldest change that only this machine has; 0 without one. Undefined: the index is not exported. */
  oldestSeconds(): number | undefined;
  /** Owners whose export is not whole. */
  incomplete(): number;
  accountsChanged(): void;
  /** Whether the network has an index without what the outbox deletes under this number. */
  mayDelete(sequence: number): boolean;
}

export function createIndexExport(parts: IndexExportParts, config: GatewayConfig): IndexExport {
  const { kv, index, isShared, journal, chain, dataPath, wrappingKey, served, rotator, background } = parts;
  const { indexExportMs: intervalMs } = config;
  if (journal === undefined || intervalMs === undefined) return withoutExport(kv, index, isShared);
  const exporter = new IndexExporter({
    ...background('index export'),
    ...{ kv, index, journal, chain, wrappingKey, served, intervalMs },
    onRecipients: (recipients) => shareBuckets({ index, rotator, wrappingKey }, recipients),
    content: new ContentStore({ arena: dataPath.arena, packs: dataPath.sealedPacks }),
    account: config.account,
    accountOf: async (owner) => [
      ...copyAccount({ kv, secret: wrappingKey.secretKey, rng: systemRng }, accountIdOf(owner)),
    ],
  });
  return exporter;
}

/** What changes from now on is in no journal: a later export begins anew. */
function withoutExport(kv: Kv, index: ObjectIndex, isShared: boolean): IndexExport {
  return {
    oldestSeconds: () => undefined,
    incomplete: () => 0,
    accountsChanged: () => {},
    mayDelete: () => true,
    async start() {
      if (isShared) return;
      await dropJournal(kv);
      for (const owner of index.exports.owners()) {
        const known = index.exports.stateOf(owner);
        if (known === undefined) continue;
        const state: StreamState = { ...streamStateRecord.decode(known), isIncomplete: true };
        await index.exports.advance(owner, { state: streamStateRecord.encode(state) });
      }
    },
    async stop() {},
  };
}
