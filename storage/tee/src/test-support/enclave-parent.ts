// A worker's process that opens the enclave of a directory and a genesis, says its process id, and waits to be killed.
import { fromHex, silentLogger } from '@cess/primitives';
import { SoftwareEnclave } from '../enclave/software-enclave.js';

const [dir, genesis] = process.argv.slice(2) as [string, string];
// The directory has its keys, and with them whom they believe.
const pinned = { genesis: fromHex(genesis), authorities: { setId: 0n, authorities: [] } };
const enclave = await SoftwareEnclave.open({ dir, ...pinned, chainType: 'development', logger: silentLogger });
process.stdout.write(`${enclave.processId}\n`);
