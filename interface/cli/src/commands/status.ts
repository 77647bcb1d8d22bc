// cess status
import { AdminClient } from '@cess/node-api';
import { formatBytes } from '@cess/primitives';
import type { CliContext } from '../context.js';
import { fields, print, table } from '../output.js';

export async function showStatus(context: CliContext): Promise<void> {
  const status = await new AdminClient(context.home).status();
  if (context.json) return print(JSON.stringify(status, null, 2));
  const { chain, gateway, tee } = status;
  print(
    fields({
      home: status.home,
      process: status.pid,
      uptime: `${status.uptimeSeconds} s`,
      genesis: `0x${chain.genesis}`,
      'chain RPC': chain.rpc,
      blocks: `best ${chain.best}, finalized ${chain.finalized}${chain.paused ? ' (authoring is paused)' : ''}`,
      S3: gateway.s3,
      metrics: status.metrics,
      'TEE worker': `${tee.name}, index ${tee.worker ?? '-'}, ${tee.running ? (tee.endpoint ?? 'starting') : 'stopped'}`,
      'not yet declared': `${gateway.undeclared} files or deletions`,
    }),
  );
  print('');
  print(
    table(
      status.providers.map(({ name, running, miner, endpoint, usedBytes, fragments }) => ({
        provider: name,
        index: miner,
        state: running ? 'running' : 'stopped',
        endpoint,
        used: formatBytes(usedBytes),
        fragments,
      })),
    ),
  );
}
