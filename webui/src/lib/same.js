/** Do two values of JSON say the same, in the same order? */
export const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);
