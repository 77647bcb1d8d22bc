'use client';
// The form as a page of React, as it stands in Next's app router: the same code, attached in an effect.
import { useEffect, useRef, useState } from 'react';
import { attachUploadForm } from './upload-form.js';

export default function UploadPage() {
  const form = useRef<HTMLFormElement>(null);
  const progress = useRef<HTMLProgressElement>(null);
  const [message, say] = useState('');
  useEffect(() => {
    if (form.current === null || progress.current === null) return;
    return attachUploadForm({ form: form.current, progress: progress.current, say });
  }, []);
  return (
    <main>
      <form ref={form}>
        <label>
          File <input name="file" type="file" required />
        </label>
        <button type="submit">Upload</button>
        <progress ref={progress} value={0} />
      </form>
      <p role="status">{message}</p>
    </main>
  );
}
