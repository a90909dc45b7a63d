/** Digits beyond any that a float64 needs to show whether it lies exactly between two decimals. */
const EXACT = 80;

/** `"%.{digits}f" % value` as Python prints it: a value exactly between two decimals goes to the even one. */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  const exact = value.toFixed(Math.min(100, digits + EXACT));
  const cut = exact.length - EXACT;
  const rest = exact.slice(cut);
  if (!/^50*$/.test(rest)) return value.toFixed(digits);
  const down = digits === 0 ? exact.slice(0, cut).replace(".", "") : exact.slice(0, cut);
  const lastDigit = Number(down.at(-1));
  return lastDigit % 2 === 0 ? down : value.toFixed(digits);
}

/** `"%.4e" % value` as Python prints it: at least two digits of exponent. */
export function formatExponential(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  return value.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");
}

function formatSpecial(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return value < 0 ? "-inf" : "inf";
}
