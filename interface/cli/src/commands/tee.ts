// cess tee list
import { query, SS58_PREFIX, type WorkerInfo } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import { formatBytes, fromUtf8, toHex0x } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { formatCess, print, table } from '../output.js';

interface ListedWorker {
  readonly index: number;
  readonly info: WorkerInfo;
}

export async function listTeeWorkers(context: CliContext): Promise<void> {
  const workers = await withChain(context, async (client) => {
    const found: ListedWorker[] = [];
    for await (const [[index], info] of client.entries(query.TeeWorker.Workers, [])) found.push({ index, info });
    return found.sort((a, b) => a.index - b.index);
  });
  if (context.json) return print(JSON.stringify(workers.map(plain), null, 2));
  print(
    table(
      workers.map(({ index, info: { state, endpoint, staked, controller, record } }) => ({
        index,
        state,
        endpoint: fromUtf8(endpoint),
        staked: formatCess(staked),
        tagged: formatBytes(record.tagged_bytes),
        verified: formatBytes(record.verified_bytes),
        verdicts: record.verdicts,
        missed: record.missed,
        wrong: record.wrong,
        account: encodeSs58(controller, SS58_PREFIX),
      })),
    ),
  );
}

function plain({ index, info }: ListedWorker) {
  const { record, bond } = info;
  return {
    index,
    account: encodeSs58(info.controller, SS58_PREFIX),
    bond: bond === undefined ? null : encodeSs58(bond, SS58_PREFIX),
    endpoint: fromUtf8(info.endpoint),
    state: info.state,
    staked: String(info.staked),
    signerKey: toHex0x(info.signer_key),
    tagKey: toHex0x(info.tag_key),
    duties: info.duties,
    taggedBytes: Number(record.tagged_bytes),
    verifiedBytes: Number(record.verified_bytes),
    verdicts: record.verdicts,
    missed: record.missed,
    wrong: record.wrong,
    registeredAt: info.registered_at,
  };
}
