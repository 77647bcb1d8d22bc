// The context of every command: the home folder of the network and the output format. Commands import everything else
// themselves, so that each loads only what it uses.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CessError } from '@cess/primitives';

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
  /** Address of the node from the flag or the environment. */
  readonly rpc: string | undefined;

  constructor(options: GlobalOptions) {
    this.home = resolve(options.home ?? process.env['CESS_HOME'] ?? '.cess');
    this.json = options.json === true;
    this.rpc = options.rpc ?? process.env['CESS_RPC'];
  }

  chainSpec(file = join(this.home, 'chain-spec.json')): ChainSpecJson {
    if (!existsSync(file)) {
      throw new CessError('CHAIN_SPEC_MISSING', `${file} is missing; name the authority to trust with --authority.`);
    }
    return JSON.parse(readFileSync(file, 'utf8')) as ChainSpecJson;
  }
}
