// A worker's process that opens an enclave, says its process id, and waits to be killed.
import { silentLogger } from '@cess/primitives';
import { SoftwareEnclave } from '../index.js';
import { authorities, genesis } from './proven-chain.js';

const dir = process.argv[2]!;
const opening = SoftwareEnclave.open({ dir, genesis, authorities, chainType: 'development', logger: silentLogger });
process.stdout.write('started\n');
const enclave = await opening;
process.stdout.write(`${enclave.processId}\n`);
