// cess network: the peer-to-peer network as the chain node sees it.
import { toHex0x } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { fields, print } from '../output.js';

export async function showNetwork(context: CliContext): Promise<void> {
  const seen = await withChain(context, async (client) => ({
    genesis: toHex0x(client.genesisHash),
    ...(await client.networkState()),
  }));
  if (context.json) return print(JSON.stringify(seen, null, 2));
  const { genesis, peerId, addresses, peers, isSyncing } = seen;
  if (addresses.length === 0) return print('The chain node has no peer-to-peer network.');
  print(
    fields({
      genesis,
      'peer id': peerId,
      addresses: addresses.join('\n'),
      peers,
      synchronisation: isSyncing ? 'importing blocks of peers' : 'up to date with its peers',
    }),
  );
}
