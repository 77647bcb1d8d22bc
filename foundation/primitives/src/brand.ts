// Branded types: values of one representation that the type system keeps apart.

declare const brand: unique symbol;
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };
