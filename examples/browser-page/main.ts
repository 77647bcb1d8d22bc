// The page: signs in with an access key, uploads, lists and downloads files, and verifies them with a light client. The key stays in the memory
// of the page: after a reload the user signs in again.
import { hintOf } from '@cess/sdk';
import { LightClient, trustOfChainSpec } from '@cess/sdk/light';
import { getReceipt, verifyReceiptWith } from '@cess/sdk/receipt';
import { createStorage, getObject, listObjects, type StorageClient } from '@cess/sdk/storage';
import { keptUpload, startUpload } from './upload.js';

interface Settings {
  readonly endpoint: string;
  readonly rpc: string;
  /** The specification of the chain: what the light client trusts. It comes with the page. */
  readonly chainSpec: unknown;
}

const byId = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const [signIn, main] = [byId<HTMLFormElement>('sign-in'), document.querySelector('main') as HTMLElement];
const [fileInput, pauseButton] = [byId<HTMLInputElement>('file'), byId<HTMLButtonElement>('pause')];
const progress = byId<HTMLProgressElement>('progress');
const say = (text: string) => {
  byId('message').textContent = text;
};

const settings = (await (await fetch('/settings.json')).json()) as Settings;
const light = LightClient.over({ endpoint: settings.rpc, trust: trustOfChainSpec(settings.chainSpec) });
light.onStatus(({ finalized, problem }) => {
  byId('chain').textContent = problem?.message ?? `Block ${finalized?.number} is final: verified here.`;
});
light.start();

let bucket = '';
let storage: StorageClient;

(signIn.querySelector('button') as HTMLButtonElement).disabled = false;
signIn.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = (name: string) => String(new FormData(signIn).get(name));
  bucket = text('bucket');
  storage = createStorage({
    endpoint: settings.endpoint,
    credentials: { accessKeyId: text('accessKeyId'), secretAccessKey: text('secretAccessKey') },
  });
  void attempt(async () => {
    await showObjects();
    signIn.reset();
    [signIn.hidden, main.hidden] = [true, false];
    const kept = keptUpload();
    if (kept?.bucket === bucket) say(`The upload of ${kept.key} was interrupted. Choose the file again to resume it.`);
  });
});

fileInput.addEventListener('change', () => {
  const [file] = fileInput.files ?? [];
  if (file === undefined) return;
  // Choosing the same file again counts as a change.
  fileInput.value = '';
  void attempt(async () => {
    const pause = new AbortController();
    pauseButton.onclick = () => pause.abort();
    pauseButton.disabled = false;
    try {
      await startUpload(storage, {
        bucket,
        file,
        signal: pause.signal,
        onProgress: ({ storedBytes }) => {
          progress.max = file.size;
          progress.value = storedBytes;
          say(`${file.name}: ${storedBytes} of ${file.size} bytes are stored.`);
        },
      });
    } finally {
      pauseButton.disabled = true;
    }
    await showObjects();
    say(`${file.name} is stored.`);
  });
});

async function showObjects(): Promise<void> {
  const rows: HTMLElement[] = [];
  for await (const entry of listObjects(storage, { bucket })) {
    if (entry.type === 'object') rows.push(rowOf(entry.key, entry.sizeBytes));
  }
  byId('objects').replaceChildren(...rows);
}

function rowOf(key: string, sizeBytes: number): HTMLElement {
  const row = document.createElement('li');
  row.append(
    `${key}, ${sizeBytes} bytes `,
    button(`Download ${key}`, () => download(key)),
  );
  row.append(
    ' ',
    button(`Verify ${key}`, () => verify(key)),
  );
  return row;
}

function button(text: string, action: () => Promise<void>): HTMLButtonElement {
  const element = document.createElement('button');
  element.textContent = text;
  element.addEventListener('click', () => void attempt(action));
  return element;
}

async function download(key: string): Promise<void> {
  const object = await getObject(storage, {
    bucket,
    key,
    onProgress: (receivedBytes) => say(`${key}: ${receivedBytes} bytes arrived.`),
  });
  // For files that do not fit into memory, give the user a link of presignObject instead.
  const url = URL.createObjectURL(await new Response(object.body).blob());
  const link = document.createElement('a');
  [link.href, link.download] = [url, key];
  link.click();
  URL.revokeObjectURL(url);
  say(`${key} is downloaded.`);
}

/** The receipt of the object says where its fragments are; the light client proves that the chain says so too. */
async function verify(key: string): Promise<void> {
  say(`Verifying ${key}…`);
  const receipt = await getReceipt(storage, { bucket, key });
  const { statement, chain } = await verifyReceiptWith(light, receipt);
  say(
    `Verified: final in block ${statement.block.number}, ${chain.providers.length} providers hold the fragments of ${key}.`,
  );
}

/** Says what failed and what to do next. */
async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    say([error instanceof Error ? error.message : String(error), hintOf(error) ?? ''].join(' ').trim());
  }
}
