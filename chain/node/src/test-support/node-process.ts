// A node in a process of its own, to be killed: prints number and hash of every finalized block.
import { WebSocket } from 'ws';
import { devNode } from './dev-node.js';

const node = devNode(process.argv[2]!, {
  onFatal: (reason) => {
    console.error(reason);
    process.exit(1);
  },
});
await node.start();
const socket = new WebSocket(node.rpcEndpoint);
socket.on('open', () => socket.send('{"jsonrpc":"2.0","id":1,"method":"chain_subscribeFinalizedHeads","params":[]}'));
socket.on('message', (data) => {
  const message = JSON.parse(String(data)) as { params?: { result: { number: string } } };
  if (!message.params) return;
  const number = Number(message.params.result.number);
  const { finalized } = node.heads();
  if (finalized.number === number) console.log(`${number} ${Buffer.from(finalized.hash).toString('hex')}`);
});
