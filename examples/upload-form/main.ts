// Loads the form into the plain page of this example.
import { attachUploadForm } from './app/upload-form.js';

attachUploadForm({
  form: document.querySelector('form') as HTMLFormElement,
  progress: document.querySelector('progress') as HTMLProgressElement,
  say: (text) => {
    (document.querySelector('#message') as HTMLElement).textContent = text;
  },
});
