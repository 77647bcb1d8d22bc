// Sizes in bytes and the token's smallest unit.

const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
export const TiB = 1024 * GiB;

/** One CESS in its smallest unit (18 decimals, CHAIN-8). */
export const CESS = 10n ** 18n;

/** Human-readable size with binary prefix, for example `8.0 MiB`. */
export function formatBytes(sizeBytes: number | bigint): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let value = Number(sizeBytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}
