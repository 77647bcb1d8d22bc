// cess provider list
import { query, SS58_PREFIX } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import { formatBytes, fromUtf8, toHex0x } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { formatCess, print, table } from '../output.js';

export async function listProviders(context: CliContext): Promise<void> {
  const rows = await withChain(context, async (client) => {
    const found = [];
    const unbonding = new Map<number, bigint>();
    for await (const [[index], amount] of client.entries(query.Sminer.UnbondingTotal, [])) unbonding.set(index, amount);
    for await (const [[index], info] of client.entries(query.Sminer.Miners, [])) {
      found.push({ index, info, unbonding: unbonding.get(index) ?? 0n });
    }
    return found.sort((a, b) => a.index - b.index);
  });
  if (context.json) {
    const plain = rows.map(({ index, info, unbonding }) => ({
      index,
      account: encodeSs58(info.account, SS58_PREFIX),
      nodeKey: toHex0x(info.node_key),
      endpoint: fromUtf8(info.endpoint),
      state: info.state,
      staked: String(info.staked),
      unbonding: String(unbonding),
      declaredBytes: Number(info.declared_space),
      serviceBytes: Number(info.service_space),
      provenBytes: Number(info.proven_space),
      fragments: Number(info.fragment_count),
      debt: String(info.debt),
      failures: info.failures,
    }));
    return print(JSON.stringify(plain, null, 2));
  }
  print(
    table(
      rows.map(({ index, info, unbonding }) => ({
        index,
        state: info.state,
        endpoint: fromUtf8(info.endpoint),
        staked: formatCess(info.staked),
        unbonding: formatCess(unbonding),
        'declared (unproven)': formatBytes(info.declared_space),
        service: formatBytes(info.service_space),
        proven: formatBytes(info.proven_space),
        fragments: Number(info.fragment_count),
        account: encodeSs58(info.account, SS58_PREFIX),
      })),
    ),
  );
}
