// A decoded value of the chain as text: bytes in hex, large numbers in full.
import { toHex } from '@cess/primitives';

/** The value in a form that JSON has. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
  return value;
}

/** One line for a scalar, several for what has parts. */
export function textOf(value: unknown): string {
  const shown = plain(value);
  if (shown === undefined || shown === null) return '–';
  return typeof shown === 'object' ? JSON.stringify(shown, null, 2) : String(shown);
}

export function ValueView({ value }: { readonly value: unknown }) {
  const text = textOf(value);
  return text.includes('\n') ? <pre className="value mono">{text}</pre> : <span className="mono break">{text}</span>;
}
