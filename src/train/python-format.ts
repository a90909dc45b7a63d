/** Digits beyond any that a float64 needs to show whether it lies exactly between two decimals. */
const EXACT = 80;

/** `"%.{digits}f" % value` as Python prints it: a value exactly between two decimals goes to the even one. */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  // Where toFixed turns to exponents there is nothing behind the point.
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${digits === 0 ? "" : `.${"0".repeat(digits)}`}`;
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
  return evenExponential(value, digits).replace(/e([+-])(\d)$/, "e$10$2");
}

/** As `toExponential`, but a value exactly between two decimals goes to the even one. */
function evenExponential(value: number, digits: number): string {
  const [exact = "", exponent] = value.toExponential(Math.min(100, digits + EXACT)).split("e");
  const cut = exact.indexOf(".") + 1 + digits;
  if (!/^50*$/.test(exact.slice(cut)) || Number(exact.slice(0, cut).replace(/\.$/, "").at(-1)) % 2 === 1)
    return value.toExponential(digits);
  return `${exact.slice(0, cut).replace(/\.$/, "")}e${exponent}`;
}

/** `repr(value)` of a Python float: the shortest digits that give it back, `1.0`, `1e-05`. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return formatSpecial(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16))
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return Number.isInteger(value) ? `${Object.is(value, -0) ? "-0" : value}.0` : String(value);
}

function formatSpecial(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return value < 0 ? "-inf" : "inf";
}
