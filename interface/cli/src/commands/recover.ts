// cess gateway recover: the index of a gateway from the chain and the providers, into an empty data folder.
import type { RecoveryReport } from '@cess/gateway';
import { CessError, formatBytes, silentLogger } from '@cess/primitives';
import { gatewayConfigFormat, recoverGatewayRole } from '@cess/role-gateway';
import { readRoleConfig } from '@cess/role-process';
import type { CliContext } from '../context.js';
import { note, print, table } from '../output.js';
import { parseAddress } from './account.js';

export interface RecoverGatewayOptions {
  readonly config?: string;
  readonly ownerKey?: string;
  readonly from?: string;
  readonly force?: boolean;
}

const shownOrders = 50;

export async function recoverGatewayFolder(context: CliContext, options: RecoverGatewayOptions): Promise<void> {
  if (options.config === undefined) {
    throw new CessError('CONFIG_INVALID', 'Pass --config <file>: the configuration that the gateway will have.');
  }
  const config = readRoleConfig(gatewayConfigFormat, options.config);
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const report = await recoverGatewayRole(config, {
    passphrase: process.env['CESS_PASSPHRASE'],
    ownerKeyFile: options.ownerKey,
    from: options.from === undefined ? undefined : parseAddress(options.from),
    isForced: options.force === true,
    logger: silentLogger,
    onProgress: ({ file, files, entries }) => note(`file ${file} of ${files}, ${entries} records`),
    signal: interrupted.signal,
  });
  if (context.json) return print(JSON.stringify({ dir: config.dataDir, ...report }, null, 2));
  show(config.dataDir, report);
}

function show(dir: string, { owners, entries, files, declarations, unknown, silentProviders }: RecoveryReport): void {
  print(table(owners.map(({ owner, gateway, asOf }) => ({ owner, 'exported by': gateway, 'as of': asOf }))));
  print(`\n${dir} has ${entries} records of ${files} files; ${declarations} files wait for their declaration.`);
  if (silentProviders.length > 0) {
    print(
      `These providers did not answer, so orders that only they hold are missing below: ${silentProviders.join(', ')}`,
    );
  }
  if (unknown.length === 0) return print('The network holds nothing for this gateway that the index does not know.');
  print(`\nOrders that the index does not know, of uploads after the export: ${unknown.length}`);
  const rows = unknown.slice(0, shownOrders).map(({ orderId, fileId, storedBytes, storedAtMs }) => ({
    order: orderId,
    stored: storedAtMs === null ? 'declared' : new Date(storedAtMs).toISOString(),
    size: formatBytes(storedBytes),
    'on the chain': fileId ?? 'no',
  }));
  print(table(rows));
  if (unknown.length > rows.length) print(`… and ${unknown.length - rows.length} more; --json has all.`);
  print(
    'Their keys were in the lost index only. Providers delete undeclared orders after 7 days; cess file delete releases files that are on the chain.',
  );
}
