// What every command starts from: the home of the network, a node's RPC, the way of printing.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ChainClient } from '@cess/client';
import { openKeyFile } from '@cess/crypto';
import { AdminClient } from '@cess/node-api';
import { CessError, silentLogger } from '@cess/primitives';

export interface GlobalOptions {
  readonly home?: string;
  readonly rpc?: string;
  readonly json?: boolean;
}

export interface ChainSpecJson {
  readonly name: string;
  readonly authorities: readonly { readonly key: string; readonly account: string }[];
}

export class CliContext {
  readonly home: string;
  readonly json: boolean;

  constructor(private readonly options: GlobalOptions) {
    this.home = resolve(options.home ?? process.env['CESS_HOME'] ?? '.cess');
    this.json = options.json === true;
  }

  admin(): AdminClient {
    return new AdminClient(this.home);
  }

  /** Address of the node: flag, environment, the running network, the default. */
  async rpcEndpoint(): Promise<string> {
    const given = this.options.rpc ?? process.env['CESS_RPC'];
    if (given !== undefined) return given;
    try {
      return (await this.admin().status()).chain.rpc;
    } catch {
      return 'ws://127.0.0.1:9944';
    }
  }

  /** Runs `work` with a connection to the chain and closes it. */
  async withChain<T>(work: (client: ChainClient) => Promise<T>): Promise<T> {
    const endpoint = await this.rpcEndpoint();
    const client = await ChainClient.connect({ endpoint, logger: silentLogger, requestTimeoutMs: 5_000 });
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }

  /** The secret behind a key file of the home. A sealed file takes its passphrase from CESS_PASSPHRASE. */
  async secret(name: string): Promise<Uint8Array> {
    const file = join(this.home, 'keys', `${name}.json`);
    if (!existsSync(file))
      throw new CessError('KEY_NOT_FOUND', `There is no key "${name}" in ${join(this.home, 'keys')}.`);
    const passphrase = process.env['CESS_PASSPHRASE'];
    return openKeyFile(name, readFileSync(file, 'utf8'), {
      allowPlaintext: true,
      ...(passphrase === undefined ? {} : { passphrase }),
    });
  }

  chainSpec(): ChainSpecJson {
    const file = join(this.home, 'chain-spec.json');
    if (!existsSync(file)) {
      throw new CessError('CHAIN_SPEC_MISSING', `${file} is missing; name the authority to trust with --authority.`);
    }
    return JSON.parse(readFileSync(file, 'utf8')) as ChainSpecJson;
  }
}
