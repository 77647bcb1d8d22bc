// Headers of all answers of the console (OWASP Secure Headers). The page has no inline code, loads nothing from elsewhere, cannot be
// framed, and creates no markup from text but for XML documents, which run nothing. Stored content never runs in the console's origin.
import type { ServerResponse } from 'node:http';

const ofPage = [
  "default-src 'none'",
  // The light client hashes in WebAssembly; this allows its compilation and no evaluation of text.
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "font-src 'self'",
  'frame-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types cess-xml',
].join('; ');

/** For bytes that users store: without an origin, and nothing in them runs or loads. */
const ofContent = "sandbox; default-src 'none'; frame-ancestors 'none'";

const common: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

export function setSecurityHeaders(response: ServerResponse, kind: 'page' | 'content', isSecure: boolean): void {
  for (const [name, value] of Object.entries(common)) response.setHeader(name, value);
  response.setHeader('content-security-policy', kind === 'page' ? ofPage : ofContent);
  if (isSecure) response.setHeader('strict-transport-security', 'max-age=31536000');
  if (kind === 'content') response.setHeader('cache-control', 'private, no-store');
}
