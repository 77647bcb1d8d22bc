// Settings of the reader in this browser. No secret is ever among them. Browsers can refuse the storage; then nothing is remembered.

const prefix = 'cess-console-';

export function readSetting(name: string): string | undefined {
  try {
    return localStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeSetting(name: string, value: string): void {
  try {
    localStorage.setItem(prefix + name, value);
  } catch {
    // Private windows of some browsers have no storage.
  }
}
