// The connection of a command to the chain.
import { ChainClient } from '@cess/client';
import { AdminClient } from '@cess/node-api';
import { silentLogger } from '@cess/primitives';
import type { CliContext } from './context.js';

/** Runs `work` with a connection to the chain and closes it. */
export async function withChain<T>(context: CliContext, work: (client: ChainClient) => Promise<T>): Promise<T> {
  const endpoint = context.rpc ?? (await endpointOfHome(context.home));
  const client = await ChainClient.connect({ endpoint, logger: silentLogger, requestTimeoutMs: 5_000 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** The node of the running network, or the default. */
async function endpointOfHome(home: string): Promise<string> {
  try {
    return (await new AdminClient(home).status()).chain.rpc;
  } catch {
    return 'ws://127.0.0.1:9944';
  }
}
