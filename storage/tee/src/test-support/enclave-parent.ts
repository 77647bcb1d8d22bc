// A worker's process that opens an enclave, says its process id, and waits to be killed.
import { silentLogger } from '@cess/primitives';
import { SoftwareEnclave } from '../index.js';
import { authorities, genesis } from './proven-chain.js';

const dir = process.argv[2]!;
const pinned = { genesis, authorities, chainType: 'development' } as const;
const enclave = await SoftwareEnclave.open({ dir, ...pinned, logger: silentLogger });
process.stdout.write(`${enclave.processId}\n`);
