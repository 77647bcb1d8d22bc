// Decoded data of the chain as text.
import type { Plain } from '../../api/chain.js';

export function PlainData({ data, label }: { readonly data: Plain; readonly label: string }) {
  if (data === null || (typeof data === 'object' && Object.keys(data).length === 0)) return null;
  return (
    <details>
      <summary>{label}</summary>
      <pre className="data">{JSON.stringify(data, undefined, 2)}</pre>
    </details>
  );
}
