// Stores a file with progress, reads it back, and verifies the receipt of the object with a light client, which trusts neither the
// gateway nor the chain node: `node examples/node-script/store-file.mjs <file>`.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hintOf } from '@cess/sdk';
import { LightClient, trustOfChainSpec } from '@cess/sdk/light';
import { checkObjectBytes, getReceipt, verifyReceiptWith } from '@cess/sdk/receipt';
import { createBucket, createStorage, getObject, putObject } from '@cess/sdk/storage';

const { CESS_HOME: home = '.cess', CESS_ENDPOINT, CESS_RPC: rpc = 'ws://127.0.0.1:9944' } = process.env;
const bucket = 'example-script';

try {
  const [path] = process.argv.slice(2);
  if (path === undefined) throw new Error('Name a file: node examples/node-script/store-file.mjs <file>');
  await storeFile(path);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  const hint = hintOf(error);
  if (hint !== undefined) console.error(hint);
  process.exitCode = 1;
}

/** @param {string} path */
async function storeFile(path) {
  // The network of `npm start` writes the keys of its owner there. Elsewhere, take them from where your secrets are.
  const { accessKeyId, secretAccessKey, endpoint } = JSON.parse(await readFile(join(home, 'credentials.json'), 'utf8'));
  const storage = createStorage({
    endpoint: CESS_ENDPOINT ?? endpoint,
    credentials: { accessKeyId, secretAccessKey },
  });
  const name = { bucket, key: basename(path) };

  await createBucket(storage, bucket);
  const { size } = await stat(path);
  await putObject(storage, {
    ...name,
    body: createReadStream(path), // it goes in parts, so that a file of any size fits into memory
    onProgress: ({ storedBytes }) => console.log(`stored ${storedBytes} of ${size} bytes`),
  });

  const copy = `${path}.copy`;
  const object = await getObject(storage, name);
  await pipeline(Readable.from(object.body), createWriteStream(copy));
  if ((await sha256(copy)) !== (await sha256(path))) throw new Error(`${copy} differs from ${path}.`);
  console.log(`read back ${object.sizeBytes} bytes into ${copy}: equal`);

  // With the keys of its streams the receipt proves the bytes too. These keys open the object: keep such a receipt secret.
  const receipt = await getReceipt(storage, { ...name, withStreamKeys: true });
  await writeFile(`${path}.receipt`, receipt);
  // The only thing that is trusted: the specification of the chain, which names its first validators.
  const trust = trustOfChainSpec(JSON.parse(await readFile(join(home, 'chain-spec.json'), 'utf8')));
  const light = LightClient.over({ endpoint: rpc, trust });
  try {
    const verified = await verifyReceiptWith(light, receipt);
    const { provenBytes } = await checkObjectBytes(verified, createReadStream(path));
    const holders = verified.chain.files.flatMap(({ segments }) => segments.flatMap(({ fragments }) => fragments));
    console.log(`receipt ${path}.receipt: final, ${holders.length} fragments, ${provenBytes} of ${size} bytes proven`);
  } finally {
    await light.stop();
  }
}

/** @param {string} path */
async function sha256(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
