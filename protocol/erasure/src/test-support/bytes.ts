// Repeatable bytes without structure.
export function testBytes(length: number, salt: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let x = 0x9e3779b9 ^ Math.imul(salt + 1, 0x85ebca6b);
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}
