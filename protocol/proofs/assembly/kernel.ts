// Arithmetic in Fr of BLS12-381 for polynomials whose coefficients are 31-byte sectors.
//
// Numbers are eight 32-bit limbs, little-endian. `multiply` is Montgomery's product a · b / 2^256 mod r, by coarsely
// integrated operand scanning: a may be any 256-bit number, b must be below r, the result is below r. As r = 1 mod 2^32,
// the quotient digit is the negative of the lowest limb. A number x in Montgomery form is x · 2^256 mod r, so that the
// product of one plain and one Montgomery number is plain. No memory access or branch count depends on a value.

const MASK: u64 = 0xffffffff;

const R0: u64 = 1;
const R1: u64 = 0xffffffff;
const R2: u64 = 0xfffe5bfe;
const R3: u64 = 0x53bda402;
const R4: u64 = 0x09a1d805;
const R5: u64 = 0x3339d808;
const R6: u64 = 0x299d7d48;
const R7: u64 = 0x73eda753;

/** out = a · b / 2^256 mod r. out may be a or b. */
export function multiply(out: usize, a: usize, b: usize): void {
  const b0: u64 = load<u32>(b, 0);
  const b1: u64 = load<u32>(b, 4);
  const b2: u64 = load<u32>(b, 8);
  const b3: u64 = load<u32>(b, 12);
  const b4: u64 = load<u32>(b, 16);
  const b5: u64 = load<u32>(b, 20);
  const b6: u64 = load<u32>(b, 24);
  const b7: u64 = load<u32>(b, 28);
  let t0: u64 = 0;
  let t1: u64 = 0;
  let t2: u64 = 0;
  let t3: u64 = 0;
  let t4: u64 = 0;
  let t5: u64 = 0;
  let t6: u64 = 0;
  let t7: u64 = 0;
  let t8: u64 = 0;
  for (let i: usize = 0; i < 32; i += 4) {
    const digit: u64 = load<u32>(a + i);
    let carry = t0 + digit * b0;
    t0 = carry & MASK;
    carry = (carry >> 32) + t1 + digit * b1;
    t1 = carry & MASK;
    carry = (carry >> 32) + t2 + digit * b2;
    t2 = carry & MASK;
    carry = (carry >> 32) + t3 + digit * b3;
    t3 = carry & MASK;
    carry = (carry >> 32) + t4 + digit * b4;
    t4 = carry & MASK;
    carry = (carry >> 32) + t5 + digit * b5;
    t5 = carry & MASK;
    carry = (carry >> 32) + t6 + digit * b6;
    t6 = carry & MASK;
    carry = (carry >> 32) + t7 + digit * b7;
    t7 = carry & MASK;
    t8 += carry >> 32;
    const quotient = (0 - t0) & MASK;
    carry = t0 + quotient;
    carry = (carry >> 32) + t1 + quotient * R1;
    t0 = carry & MASK;
    carry = (carry >> 32) + t2 + quotient * R2;
    t1 = carry & MASK;
    carry = (carry >> 32) + t3 + quotient * R3;
    t2 = carry & MASK;
    carry = (carry >> 32) + t4 + quotient * R4;
    t3 = carry & MASK;
    carry = (carry >> 32) + t5 + quotient * R5;
    t4 = carry & MASK;
    carry = (carry >> 32) + t6 + quotient * R6;
    t5 = carry & MASK;
    carry = (carry >> 32) + t7 + quotient * R7;
    t6 = carry & MASK;
    carry = (carry >> 32) + t8;
    t7 = carry & MASK;
    t8 = carry >> 32;
  }
  store<u32>(out, <u32>t0, 0);
  store<u32>(out, <u32>t1, 4);
  store<u32>(out, <u32>t2, 8);
  store<u32>(out, <u32>t3, 12);
  store<u32>(out, <u32>t4, 16);
  store<u32>(out, <u32>t5, 20);
  store<u32>(out, <u32>t6, 24);
  store<u32>(out, <u32>t7, 28);
  reduceOnce(out, <u32>t8);
}

/** The number at `at` plus `top` · 2^256, below 2r, becomes a number below r. */
function reduceOnce(at: usize, top: u32): void {
  const d0: u64 = <u64>load<u32>(at, 0) - R0;
  const d1: u64 = <u64>load<u32>(at, 4) - R1 - (d0 >> 63);
  const d2: u64 = <u64>load<u32>(at, 8) - R2 - (d1 >> 63);
  const d3: u64 = <u64>load<u32>(at, 12) - R3 - (d2 >> 63);
  const d4: u64 = <u64>load<u32>(at, 16) - R4 - (d3 >> 63);
  const d5: u64 = <u64>load<u32>(at, 20) - R5 - (d4 >> 63);
  const d6: u64 = <u64>load<u32>(at, 24) - R6 - (d5 >> 63);
  const d7: u64 = <u64>load<u32>(at, 28) - R7 - (d6 >> 63);
  // All ones where the number is to stay as it is.
  const keep: u64 = 0 - (((<u64>top - (d7 >> 63)) >> 63) & 1);
  store<u32>(at, <u32>((d0 & ~keep) | (<u64>load<u32>(at, 0) & keep)), 0);
  store<u32>(at, <u32>((d1 & ~keep) | (<u64>load<u32>(at, 4) & keep)), 4);
  store<u32>(at, <u32>((d2 & ~keep) | (<u64>load<u32>(at, 8) & keep)), 8);
  store<u32>(at, <u32>((d3 & ~keep) | (<u64>load<u32>(at, 12) & keep)), 12);
  store<u32>(at, <u32>((d4 & ~keep) | (<u64>load<u32>(at, 16) & keep)), 16);
  store<u32>(at, <u32>((d5 & ~keep) | (<u64>load<u32>(at, 20) & keep)), 20);
  store<u32>(at, <u32>((d6 & ~keep) | (<u64>load<u32>(at, 24) & keep)), 24);
  store<u32>(at, <u32>((d7 & ~keep) | (<u64>load<u32>(at, 28) & keep)), 28);
}

/** out = a + b mod r, for numbers below r. out may be a or b. */
export function add(out: usize, a: usize, b: usize): void {
  let carry: u64 = 0;
  carry = (carry >> 32) + load<u32>(a, 0) + load<u32>(b, 0);
  store<u32>(out, <u32>carry, 0);
  carry = (carry >> 32) + load<u32>(a, 4) + load<u32>(b, 4);
  store<u32>(out, <u32>carry, 4);
  carry = (carry >> 32) + load<u32>(a, 8) + load<u32>(b, 8);
  store<u32>(out, <u32>carry, 8);
  carry = (carry >> 32) + load<u32>(a, 12) + load<u32>(b, 12);
  store<u32>(out, <u32>carry, 12);
  carry = (carry >> 32) + load<u32>(a, 16) + load<u32>(b, 16);
  store<u32>(out, <u32>carry, 16);
  carry = (carry >> 32) + load<u32>(a, 20) + load<u32>(b, 20);
  store<u32>(out, <u32>carry, 20);
  carry = (carry >> 32) + load<u32>(a, 24) + load<u32>(b, 24);
  store<u32>(out, <u32>carry, 24);
  carry = (carry >> 32) + load<u32>(a, 28) + load<u32>(b, 28);
  store<u32>(out, <u32>carry, 28);
  reduceOnce(out, <u32>(carry >> 32));
}

/** out[0] = one, out[j] = out[j - 1] · point, in Montgomery form like `one` and `point`. */
export function powers(out: usize, one: usize, point: usize, count: u32): void {
  memory.copy(out, one, 32);
  for (let j: u32 = 1; j < count; j++) {
    multiply(out + 32, out, point);
    out += 32;
  }
}

/** The sector at `from` as eight limbs at `to`. Reads one byte behind the sector. */
function unpack(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from, 0), 0);
  store<u64>(to, load<u64>(from, 8), 8);
  store<u64>(to, load<u64>(from, 16), 16);
  store<u64>(to, load<u64>(from, 24) & 0x00ffffffffffffff, 24);
}

/** out = sum of sector j times powers[j]; `work` has 64 bytes. */
export function evaluate(out: usize, sectors: usize, table: usize, count: u32, work: usize): void {
  memory.fill(out, 0, 32);
  for (let j: u32 = 0; j < count; j++) {
    unpack(work, sectors);
    multiply(work + 32, work, table);
    add(out, out, work + 32);
    sectors += 31;
    table += 32;
  }
}

/**
 * sums[j] += scalar · sector j, not reduced: 13 limbs each, enough for 2^39 summands. The scalar has 128 bits; `work` has
 * 32 bytes.
 */
export function accumulate(sums: usize, sectors: usize, count: u32, scalar: usize, work: usize): void {
  for (let j: u32 = 0; j < count; j++) {
    unpack(work, sectors);
    const m0: u64 = load<u32>(work, 0);
    const m1: u64 = load<u32>(work, 4);
    const m2: u64 = load<u32>(work, 8);
    const m3: u64 = load<u32>(work, 12);
    const m4: u64 = load<u32>(work, 16);
    const m5: u64 = load<u32>(work, 20);
    const m6: u64 = load<u32>(work, 24);
    const m7: u64 = load<u32>(work, 28);
    let p0: u64 = load<u32>(sums, 0);
    let p1: u64 = load<u32>(sums, 4);
    let p2: u64 = load<u32>(sums, 8);
    let p3: u64 = load<u32>(sums, 12);
    let p4: u64 = load<u32>(sums, 16);
    let p5: u64 = load<u32>(sums, 20);
    let p6: u64 = load<u32>(sums, 24);
    let p7: u64 = load<u32>(sums, 28);
    let p8: u64 = load<u32>(sums, 32);
    let p9: u64 = load<u32>(sums, 36);
    let p10: u64 = load<u32>(sums, 40);
    let p11: u64 = load<u32>(sums, 44);
    let p12: u64 = load<u32>(sums, 48);
    let carry: u64 = 0;
    const v0: u64 = load<u32>(scalar, 0);
    carry = p0 + v0 * m0;
    p0 = carry & MASK;
    carry = (carry >> 32) + p1 + v0 * m1;
    p1 = carry & MASK;
    carry = (carry >> 32) + p2 + v0 * m2;
    p2 = carry & MASK;
    carry = (carry >> 32) + p3 + v0 * m3;
    p3 = carry & MASK;
    carry = (carry >> 32) + p4 + v0 * m4;
    p4 = carry & MASK;
    carry = (carry >> 32) + p5 + v0 * m5;
    p5 = carry & MASK;
    carry = (carry >> 32) + p6 + v0 * m6;
    p6 = carry & MASK;
    carry = (carry >> 32) + p7 + v0 * m7;
    p7 = carry & MASK;
    carry = (carry >> 32) + p8;
    p8 = carry & MASK;
    carry = (carry >> 32) + p9;
    p9 = carry & MASK;
    carry = (carry >> 32) + p10;
    p10 = carry & MASK;
    carry = (carry >> 32) + p11;
    p11 = carry & MASK;
    carry = (carry >> 32) + p12;
    p12 = carry & MASK;
    const v1: u64 = load<u32>(scalar, 4);
    carry = p1 + v1 * m0;
    p1 = carry & MASK;
    carry = (carry >> 32) + p2 + v1 * m1;
    p2 = carry & MASK;
    carry = (carry >> 32) + p3 + v1 * m2;
    p3 = carry & MASK;
    carry = (carry >> 32) + p4 + v1 * m3;
    p4 = carry & MASK;
    carry = (carry >> 32) + p5 + v1 * m4;
    p5 = carry & MASK;
    carry = (carry >> 32) + p6 + v1 * m5;
    p6 = carry & MASK;
    carry = (carry >> 32) + p7 + v1 * m6;
    p7 = carry & MASK;
    carry = (carry >> 32) + p8 + v1 * m7;
    p8 = carry & MASK;
    carry = (carry >> 32) + p9;
    p9 = carry & MASK;
    carry = (carry >> 32) + p10;
    p10 = carry & MASK;
    carry = (carry >> 32) + p11;
    p11 = carry & MASK;
    carry = (carry >> 32) + p12;
    p12 = carry & MASK;
    const v2: u64 = load<u32>(scalar, 8);
    carry = p2 + v2 * m0;
    p2 = carry & MASK;
    carry = (carry >> 32) + p3 + v2 * m1;
    p3 = carry & MASK;
    carry = (carry >> 32) + p4 + v2 * m2;
    p4 = carry & MASK;
    carry = (carry >> 32) + p5 + v2 * m3;
    p5 = carry & MASK;
    carry = (carry >> 32) + p6 + v2 * m4;
    p6 = carry & MASK;
    carry = (carry >> 32) + p7 + v2 * m5;
    p7 = carry & MASK;
    carry = (carry >> 32) + p8 + v2 * m6;
    p8 = carry & MASK;
    carry = (carry >> 32) + p9 + v2 * m7;
    p9 = carry & MASK;
    carry = (carry >> 32) + p10;
    p10 = carry & MASK;
    carry = (carry >> 32) + p11;
    p11 = carry & MASK;
    carry = (carry >> 32) + p12;
    p12 = carry & MASK;
    const v3: u64 = load<u32>(scalar, 12);
    carry = p3 + v3 * m0;
    p3 = carry & MASK;
    carry = (carry >> 32) + p4 + v3 * m1;
    p4 = carry & MASK;
    carry = (carry >> 32) + p5 + v3 * m2;
    p5 = carry & MASK;
    carry = (carry >> 32) + p6 + v3 * m3;
    p6 = carry & MASK;
    carry = (carry >> 32) + p7 + v3 * m4;
    p7 = carry & MASK;
    carry = (carry >> 32) + p8 + v3 * m5;
    p8 = carry & MASK;
    carry = (carry >> 32) + p9 + v3 * m6;
    p9 = carry & MASK;
    carry = (carry >> 32) + p10 + v3 * m7;
    p10 = carry & MASK;
    carry = (carry >> 32) + p11;
    p11 = carry & MASK;
    carry = (carry >> 32) + p12;
    p12 = carry & MASK;
    store<u32>(sums, <u32>p0, 0);
    store<u32>(sums, <u32>p1, 4);
    store<u32>(sums, <u32>p2, 8);
    store<u32>(sums, <u32>p3, 12);
    store<u32>(sums, <u32>p4, 16);
    store<u32>(sums, <u32>p5, 20);
    store<u32>(sums, <u32>p6, 24);
    store<u32>(sums, <u32>p7, 28);
    store<u32>(sums, <u32>p8, 32);
    store<u32>(sums, <u32>p9, 36);
    store<u32>(sums, <u32>p10, 40);
    store<u32>(sums, <u32>p11, 44);
    store<u32>(sums, <u32>p12, 48);
    sectors += 31;
    sums += 52;
  }
}

/** out[j] = sums[j] mod r; square = 2^512 mod r; `work` has 96 bytes, the last 32 of them hold the number 1. */
export function reduceSums(out: usize, sums: usize, count: u32, square: usize, work: usize): void {
  for (let j: u32 = 0; j < count; j++) {
    multiply(work, sums, square);
    multiply(work, work, work + 64);
    memory.fill(work + 32, 0, 32);
    memory.copy(work + 32, sums + 32, 20);
    multiply(work + 32, work + 32, square);
    add(out, work, work + 32);
    out += 32;
    sums += 52;
  }
}

/**
 * Synthetic division: polynomial = quotient · (X - point) + value, for `count` coefficients; the quotient has one less.
 * point in Montgomery form, all else plain.
 */
export function divide(quotient: usize, value: usize, polynomial: usize, count: u32, point: usize): void {
  memory.copy(value, polynomial + ((count - 1) << 5), 32);
  for (let j: u32 = count - 1; j > 0; j--) {
    memory.copy(quotient + ((j - 1) << 5), value, 32);
    multiply(value, value, point);
    add(value, value, polynomial + ((j - 1) << 5));
  }
}
