// The form in the browser: asks the route for a signed form, and stores the file with it. `page.tsx` does this in React.
import type { UploadForm } from './api/upload/route.js';

/** Where the form says how far it is. */
export interface UploadFormParts {
  readonly form: HTMLFormElement;
  readonly progress: HTMLProgressElement;
  readonly say: (text: string) => void;
}

/** Makes a form with a file input upload to the gateway, until the result is called. */
export function attachUploadForm({ form, progress, say }: UploadFormParts): () => void {
  for (const button of form.querySelectorAll('button')) button.disabled = false;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const file = new FormData(form).get('file');
    if (!(file instanceof File)) return;
    upload(file, progress).then(
      (key) => say(`Stored as ${key}.`),
      (error: unknown) => say(error instanceof Error ? error.message : String(error)),
    );
  };
  form.addEventListener('submit', submit);
  return () => form.removeEventListener('submit', submit);
}

async function upload(file: File, progress: HTMLProgressElement): Promise<string> {
  const answer = await fetch('/api/upload', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: file.name, sizeBytes: file.size }),
  });
  const body = (await answer.json()) as UploadForm & { readonly error?: string };
  if (!answer.ok) throw new Error(body.error ?? 'The server refused the upload.');
  await send(body, file, progress);
  return body.key;
}

/** XMLHttpRequest reports the progress of an upload; fetch does not. */
function send({ url, fields }: UploadForm, file: File, progress: HTMLProgressElement): Promise<void> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.upload.onprogress = ({ loaded, total }) => {
      [progress.max, progress.value] = [total, loaded];
    };
    request.onload = () =>
      request.status === 204 ? resolve() : reject(new Error(`The gateway refused the file (HTTP ${request.status}).`));
    request.onerror = () =>
      reject(new Error('The gateway cannot be reached, or its CORS rules do not allow this page.'));
    request.send(form);
  });
}
