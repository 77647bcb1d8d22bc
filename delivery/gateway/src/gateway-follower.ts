// The copy of another gateway's index, if this gateway follows one.
import { accountIdOf } from '@cess/access';
import { type Accounts, pasteAccount } from '@cess/accounts';
import { systemRng, type X25519Pair } from '@cess/crypto';
import type { ExportEntry, FragmentSource } from '@cess/index-export';
import { type BackgroundPorts, CessError } from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { FollowedGateway } from './follow/followed-gateway.js';
import { IndexFollower } from './follow/index-follower.js';
import type { GatewayDataPath } from './gateway-data-path.js';

interface FollowerParts {
  readonly kv: Kv;
  readonly genesis: Uint8Array;
  readonly wrappingKey: X25519Pair;
  readonly dataPath: Pick<GatewayDataPath, 'client' | 'directory'>;
  readonly accounts: Pick<Accounts, 'changedElsewhere'>;
  readonly owners: () => readonly Uint8Array[];
  readonly background: (component: string) => BackgroundPorts;
  readonly follows: FollowedGateway | undefined;
}

export function createFollower(parts: FollowerParts): IndexFollower | undefined {
  const { kv, genesis, wrappingKey, dataPath, accounts, owners, background, follows } = parts;
  if (follows === undefined) return undefined;
  const restoreAccount = async (owner: Uint8Array, entries: readonly ExportEntry[]) => {
    const records = entries.flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }]));
    const target = { kv, secret: wrappingKey.secretKey, rng: systemRng, networkId: genesis };
    await pasteAccount(target, accountIdOf(owner), records);
    accounts.changedElsewhere();
  };
  const fragments = fragmentsFrom(dataPath);
  return new IndexFollower({
    ...background('index follower'),
    ...{ kv, wrappingKey, owners, fragments, restoreAccount },
    ...follows,
  });
}

function fragmentsFrom({ client, directory }: FollowerParts['dataPath']): FragmentSource {
  return {
    async read(holder, root, length, signal) {
      const provider = directory.get(holder);
      if (provider === undefined)
        throw new CessError('PROVIDER_UNREACHABLE', `Provider ${holder} is not on the chain.`);
      const bytes = new Uint8Array(length);
      await client.readFragment(provider, root, 0, bytes, signal);
      return bytes;
    },
  };
}
