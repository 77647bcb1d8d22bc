// The page: notes that the browser encrypts before it stores them. The gateway sees how many there are, when they change and how long they
// are, and neither a text nor the key.
import { hintOf } from '@cess/sdk';
import {
  createStorage,
  deleteObject,
  getSealedObject,
  listObjects,
  putSealedObject,
  type StorageClient,
} from '@cess/sdk/storage';
import { openVault } from './vault.js';

/** Where the notes are and what opens them. */
interface Notebook {
  readonly storage: StorageClient;
  readonly bucket: string;
  readonly encryptionKey: Uint8Array;
}

const byId = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const [unlock, newNote] = [byId<HTMLFormElement>('unlock'), byId<HTMLFormElement>('new-note')];
const prefix = 'notes/';

(unlock.querySelector('button') as HTMLButtonElement).disabled = false;
unlock.addEventListener('submit', (event) => {
  event.preventDefault();
  const data = new FormData(unlock);
  const text = (name: string) => String(data.get(name));
  void attempt(async () => {
    const { endpoint } = (await (await fetch('/settings.json')).json()) as { readonly endpoint: string };
    const credentials = { accessKeyId: text('accessKeyId'), secretAccessKey: text('secretAccessKey') };
    const storage = createStorage({ endpoint, credentials });
    const bucket = text('bucket');
    const notebook = { storage, bucket, encryptionKey: await openVault(storage, bucket, text('passphrase')) };
    await showNotes(notebook);
    unlock.reset();
    unlock.hidden = true;
    (document.querySelector('main') as HTMLElement).hidden = false;
    newNote.addEventListener('submit', (submitted) => {
      submitted.preventDefault();
      void attempt(() => saveNote(notebook, String(new FormData(newNote).get('text'))));
    });
  });
});

async function saveNote(notebook: Notebook, text: string): Promise<void> {
  const { storage, bucket, encryptionKey } = notebook;
  // Names are not encrypted, so this one says nothing.
  const key = `${prefix}${crypto.randomUUID()}`;
  await putSealedObject(storage, { bucket, key, encryptionKey, body: text, contentType: 'text/plain' });
  newNote.reset();
  await showNotes(notebook);
}

async function showNotes(notebook: Notebook): Promise<void> {
  const { storage, bucket, encryptionKey } = notebook;
  const rows: HTMLElement[] = [];
  for await (const entry of listObjects(storage, { bucket, prefix })) {
    if (entry.type !== 'object') continue;
    const { key } = entry;
    // Throws SEALED_OBJECT_INVALID for a note that the gateway changed or swapped.
    const note = await getSealedObject(storage, { bucket, key, encryptionKey });
    rows.push(rowOf(notebook, key, await note.text()));
  }
  byId('notes').replaceChildren(...rows);
  byId('message').textContent = `${rows.length} notes, decrypted here.`;
}

function rowOf(notebook: Notebook, key: string, text: string): HTMLElement {
  const row = document.createElement('li');
  const remove = document.createElement('button');
  remove.textContent = 'Delete';
  remove.addEventListener(
    'click',
    () =>
      void attempt(async () => {
        await deleteObject(notebook.storage, { bucket: notebook.bucket, key });
        await showNotes(notebook);
      }),
  );
  row.append(text, ' ', remove);
  return row;
}

/** Says what failed and what to do next. */
async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    byId('message').textContent = `${message} ${hintOf(error) ?? ''}`.trim();
  }
}
