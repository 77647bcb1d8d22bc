// The field kernel over BigInt, written as the formulae stand: the oracle of the WebAssembly kernel.
import { integerOfBytes, reduceScalar, scalarBytes } from '@cess/crypto';
import type { BlockSum, FieldKernel, PowerTable } from '../field-kernel.js';
import { sectorSizeBytes, sectorsPerBlock } from '../podr2/parameters.js';

const numbersOf = (bytes: Uint8Array, size: number): bigint[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, j) =>
    integerOfBytes(bytes.subarray(j * size, (j + 1) * size)),
  );
const bytesOf = (numbers: readonly bigint[]): Uint8Array => new Uint8Array(Buffer.concat(numbers.map(scalarBytes)));

interface SlowSum extends BlockSum {
  numbers: bigint[];
}

export const slowFieldKernel: FieldKernel = {
  powers: (point): PowerTable => {
    const numbers = [1n];
    while (numbers.length < sectorsPerBlock) numbers.push(reduceScalar(numbers.at(-1)! * integerOfBytes(point)));
    return { bytes: bytesOf(numbers) };
  },
  evaluate: ({ bytes }, block) => {
    const powers = numbersOf(bytes, 32);
    const sum = numbersOf(block, sectorSizeBytes).reduce((total, sector, j) => total + sector * powers[j]!, 0n);
    return scalarBytes(reduceScalar(sum));
  },
  newSum: (): SlowSum => ({ bytes: new Uint8Array(0), numbers: new Array<bigint>(sectorsPerBlock).fill(0n) }),
  accumulate: (sum, coefficient, block) => {
    const { numbers } = sum as SlowSum;
    numbersOf(block, sectorSizeBytes).forEach((sector, j) => {
      numbers[j]! += integerOfBytes(coefficient) * sector;
    });
  },
  coefficientsOf: (sum) => bytesOf((sum as SlowSum).numbers.map(reduceScalar)),
  divide: (polynomial, point) => {
    const coefficients = numbersOf(polynomial, 32);
    const quotient: bigint[] = [];
    let value = coefficients.at(-1)!;
    for (let j = sectorsPerBlock - 2; j >= 0; j--) {
      quotient.unshift(value);
      value = reduceScalar(value * integerOfBytes(point) + coefficients[j]!);
    }
    return { value: scalarBytes(value), quotient: bytesOf(quotient) };
  },
};
