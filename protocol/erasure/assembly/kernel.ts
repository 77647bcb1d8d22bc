// Reed-Solomon kernel: outputs[r] = sum over c of matrix[r][c] * inputs[c] in GF(2^8), for whole shards.
//
// A product with a constant is two table look-ups, one per half of the byte; i8x16.swizzle makes sixteen of them at
// once. Up to four output rows are summed in registers while the inputs pass once, in strips that stay in the cache.
// Rows are taken in groups of 4, then 2, then 1; inside a group the tables stand column by column, 32 bytes each:
// products of the low nibbles, then of the high nibbles. Nothing outside the given shards is read or written, and the
// module has no data of its own: it works in whatever memory it imports, from any number of threads.

const STRIP: u32 = 4096;

/**
 * tables: as above; inputs, outputs: arrays of u32 addresses, `columns` and `rows` long; length: bytes of each shard.
 * Outputs must not overlap inputs.
 */
export function apply(tables: usize, rows: u32, columns: u32, inputs: usize, outputs: usize, length: u32): void {
  const whole = length & ~31;
  for (let from: u32 = 0; from < whole; from += STRIP) {
    const to = min(from + STRIP, whole);
    let row: u32 = 0;
    let table = tables;
    for (; row + 4 <= rows; row += 4, table += <usize>columns * 128) {
      block4(table, columns, inputs, outputs + (<usize>row << 2), from, to);
    }
    if (row + 2 <= rows) {
      block2(table, columns, inputs, outputs + (<usize>row << 2), from, to);
      row += 2;
      table += <usize>columns * 64;
    }
    if (row < rows) block1(table, columns, inputs, outputs + (<usize>row << 2), from, to);
  }
  if (whole < length) tail(tables, rows, columns, inputs, outputs, whole, length);
}

/** The last bytes one by one, with the same tables in the same groups. */
function tail(tables: usize, rows: u32, columns: u32, inputs: usize, outputs: usize, from: u32, to: u32): void {
  let table = tables;
  let group: u32 = 4;
  for (let first: u32 = 0; first < rows; first += group) {
    while (first + group > rows) group >>= 1;
    for (let row: u32 = 0; row < group; row++) {
      const target: usize = load<u32>(outputs + (<usize>(first + row) << 2));
      for (let at: u32 = from; at < to; at++) {
        let sum: u32 = 0;
        for (let column: u32 = 0; column < columns; column++) {
          const byte: u32 = load<u8>(<usize>load<u32>(inputs + (<usize>column << 2)) + at);
          const entry = table + <usize>(column * group + row) * 32;
          sum ^= <u32>load<u8>(entry + (byte & 15)) ^ <u32>load<u8>(entry + (byte >> 4), 16);
        }
        store<u8>(target + at, <u8>sum);
      }
    }
    table += <usize>(columns * group) * 32;
  }
}

/** 4 output rows for the bytes [from, to) of every shard; to - from is a multiple of 32. */
function block4(tables: usize, columns: u32, inputs: usize, outputs: usize, from: u32, to: u32): void {
  const mask = i8x16.splat(0x0f);
  for (let at: u32 = from; at < to; at += 32) {
    let sum0a = i8x16.splat(0);
    let sum0b = i8x16.splat(0);
    let sum1a = i8x16.splat(0);
    let sum1b = i8x16.splat(0);
    let sum2a = i8x16.splat(0);
    let sum2b = i8x16.splat(0);
    let sum3a = i8x16.splat(0);
    let sum3b = i8x16.splat(0);
    let table = tables;
    for (let column: u32 = 0; column < columns; column++) {
      const source: usize = <usize>load<u32>(inputs + (<usize>column << 2)) + at;
      const bytesA = v128.load(source, 0);
      const lowA = v128.and(bytesA, mask);
      const highA = i8x16.shr_u(bytesA, 4);
      const bytesB = v128.load(source, 16);
      const lowB = v128.and(bytesB, mask);
      const highB = i8x16.shr_u(bytesB, 4);
      const tableLow0 = v128.load(table, 0);
      const tableHigh0 = v128.load(table, 16);
      sum0a = v128.xor(sum0a, v128.xor(i8x16.swizzle(tableLow0, lowA), i8x16.swizzle(tableHigh0, highA)));
      sum0b = v128.xor(sum0b, v128.xor(i8x16.swizzle(tableLow0, lowB), i8x16.swizzle(tableHigh0, highB)));
      const tableLow1 = v128.load(table, 32);
      const tableHigh1 = v128.load(table, 48);
      sum1a = v128.xor(sum1a, v128.xor(i8x16.swizzle(tableLow1, lowA), i8x16.swizzle(tableHigh1, highA)));
      sum1b = v128.xor(sum1b, v128.xor(i8x16.swizzle(tableLow1, lowB), i8x16.swizzle(tableHigh1, highB)));
      const tableLow2 = v128.load(table, 64);
      const tableHigh2 = v128.load(table, 80);
      sum2a = v128.xor(sum2a, v128.xor(i8x16.swizzle(tableLow2, lowA), i8x16.swizzle(tableHigh2, highA)));
      sum2b = v128.xor(sum2b, v128.xor(i8x16.swizzle(tableLow2, lowB), i8x16.swizzle(tableHigh2, highB)));
      const tableLow3 = v128.load(table, 96);
      const tableHigh3 = v128.load(table, 112);
      sum3a = v128.xor(sum3a, v128.xor(i8x16.swizzle(tableLow3, lowA), i8x16.swizzle(tableHigh3, highA)));
      sum3b = v128.xor(sum3b, v128.xor(i8x16.swizzle(tableLow3, lowB), i8x16.swizzle(tableHigh3, highB)));
      table += 128;
    }
    v128.store(<usize>load<u32>(outputs, 0) + at, sum0a, 0);
    v128.store(<usize>load<u32>(outputs, 0) + at, sum0b, 16);
    v128.store(<usize>load<u32>(outputs, 4) + at, sum1a, 0);
    v128.store(<usize>load<u32>(outputs, 4) + at, sum1b, 16);
    v128.store(<usize>load<u32>(outputs, 8) + at, sum2a, 0);
    v128.store(<usize>load<u32>(outputs, 8) + at, sum2b, 16);
    v128.store(<usize>load<u32>(outputs, 12) + at, sum3a, 0);
    v128.store(<usize>load<u32>(outputs, 12) + at, sum3b, 16);
  }
}

/** 2 output rows for the bytes [from, to) of every shard; to - from is a multiple of 32. */
function block2(tables: usize, columns: u32, inputs: usize, outputs: usize, from: u32, to: u32): void {
  const mask = i8x16.splat(0x0f);
  for (let at: u32 = from; at < to; at += 32) {
    let sum0a = i8x16.splat(0);
    let sum0b = i8x16.splat(0);
    let sum1a = i8x16.splat(0);
    let sum1b = i8x16.splat(0);
    let table = tables;
    for (let column: u32 = 0; column < columns; column++) {
      const source: usize = <usize>load<u32>(inputs + (<usize>column << 2)) + at;
      const bytesA = v128.load(source, 0);
      const lowA = v128.and(bytesA, mask);
      const highA = i8x16.shr_u(bytesA, 4);
      const bytesB = v128.load(source, 16);
      const lowB = v128.and(bytesB, mask);
      const highB = i8x16.shr_u(bytesB, 4);
      const tableLow0 = v128.load(table, 0);
      const tableHigh0 = v128.load(table, 16);
      sum0a = v128.xor(sum0a, v128.xor(i8x16.swizzle(tableLow0, lowA), i8x16.swizzle(tableHigh0, highA)));
      sum0b = v128.xor(sum0b, v128.xor(i8x16.swizzle(tableLow0, lowB), i8x16.swizzle(tableHigh0, highB)));
      const tableLow1 = v128.load(table, 32);
      const tableHigh1 = v128.load(table, 48);
      sum1a = v128.xor(sum1a, v128.xor(i8x16.swizzle(tableLow1, lowA), i8x16.swizzle(tableHigh1, highA)));
      sum1b = v128.xor(sum1b, v128.xor(i8x16.swizzle(tableLow1, lowB), i8x16.swizzle(tableHigh1, highB)));
      table += 64;
    }
    v128.store(<usize>load<u32>(outputs, 0) + at, sum0a, 0);
    v128.store(<usize>load<u32>(outputs, 0) + at, sum0b, 16);
    v128.store(<usize>load<u32>(outputs, 4) + at, sum1a, 0);
    v128.store(<usize>load<u32>(outputs, 4) + at, sum1b, 16);
  }
}

/** 1 output row for the bytes [from, to) of every shard; to - from is a multiple of 32. */
function block1(tables: usize, columns: u32, inputs: usize, outputs: usize, from: u32, to: u32): void {
  const mask = i8x16.splat(0x0f);
  for (let at: u32 = from; at < to; at += 32) {
    let sum0a = i8x16.splat(0);
    let sum0b = i8x16.splat(0);
    let table = tables;
    for (let column: u32 = 0; column < columns; column++) {
      const source: usize = <usize>load<u32>(inputs + (<usize>column << 2)) + at;
      const bytesA = v128.load(source, 0);
      const lowA = v128.and(bytesA, mask);
      const highA = i8x16.shr_u(bytesA, 4);
      const bytesB = v128.load(source, 16);
      const lowB = v128.and(bytesB, mask);
      const highB = i8x16.shr_u(bytesB, 4);
      const tableLow0 = v128.load(table, 0);
      const tableHigh0 = v128.load(table, 16);
      sum0a = v128.xor(sum0a, v128.xor(i8x16.swizzle(tableLow0, lowA), i8x16.swizzle(tableHigh0, highA)));
      sum0b = v128.xor(sum0b, v128.xor(i8x16.swizzle(tableLow0, lowB), i8x16.swizzle(tableHigh0, highB)));
      table += 32;
    }
    v128.store(<usize>load<u32>(outputs, 0) + at, sum0a, 0);
    v128.store(<usize>load<u32>(outputs, 0) + at, sum0b, 16);
  }
}
