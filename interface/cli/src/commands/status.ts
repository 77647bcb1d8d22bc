// cess status
import { AdminClient, type NetworkStatus } from '@cess/node-api';
import { formatBytes } from '@cess/primitives';
import type { CliContext } from '../context.js';
import { fields, print, type Row, table } from '../output.js';

/** Shown only when an operator must act. */
function setAsideField(setAside: NetworkStatus['gateway']['setAside']): Record<string, string> {
  const counts = Object.entries(setAside).map(([loop, count]) => `${loop}: ${count}`);
  if (counts.length === 0) return {};
  return { 'set aside': `${counts.join(', ')} (reasons: cess devnet logs; again: cess devnet retry)` };
}

/** Shown only when owners must act. */
function unrecordedField(unrecorded: NetworkStatus['gateway']['unrecorded']): Record<string, string> {
  const counts = Object.entries(unrecorded).map(([reason, count]) => `${reason}: ${count}`);
  if (counts.length === 0) return {};
  return { unrecorded: `${counts.join(', ')} (stored and readable; the owner must extend, lock or authorize)` };
}

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
      ...(gateway.console === null ? {} : { console: gateway.console }),
      ...indexExportField(gateway.unexportedSeconds),
      ...unrecordedField(gateway.unrecorded),
      ...setAsideField(gateway.setAside),
    }),
  );
  if (chain.validators.length > 1) {
    print('');
    print(
      table(
        chain.validators.map(({ name, running, best, finalized }) => ({
          validator: name,
          state: running ? 'running' : 'stopped',
          best,
          finalized,
        })),
      ),
    );
  }
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

/** Nothing for an index that is not exported. */
function indexExportField(unexportedSeconds: number | null): Row {
  if (unexportedSeconds === null) return {};
  const seconds = Math.round(unexportedSeconds);
  const state =
    seconds === 0 ? 'the network has every change' : `changes of the last ${seconds} s are on this machine only`;
  return { 'gateway index': state };
}
