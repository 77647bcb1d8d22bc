// Settings of the reader in this browser. No secret is ever among them. Browsers can refuse the storage; then nothing is remembered.

const prefix = 'cess-console-';

export function readSetting(name: string): string | undefined {
  try {
    return localStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Names, without this beginning, of settings that have it. */
export function settingNames(beginning: string): readonly string[] {
  try {
    const all = prefix + beginning;
    return Object.keys(localStorage).flatMap((name) => (name.startsWith(all) ? [name.slice(all.length)] : []));
  } catch {
    return [];
  }
}

export function removeSetting(name: string): void {
  try {
    localStorage.removeItem(prefix + name);
  } catch {
    // Nothing is there then.
  }
}

/** False where it is not remembered: private windows of some browsers have no storage, and it can be full. */
export function writeSetting(name: string, value: string): boolean {
  try {
    localStorage.setItem(prefix + name, value);
    return true;
  } catch {
    return false;
  }
}
