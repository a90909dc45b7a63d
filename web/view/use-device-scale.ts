import { useEffect, useState } from "preact/hooks";

/** Device pixels in a CSS pixel, kept up to date when the page is zoomed or moves to another screen. */
export function useDeviceScale(): number {
  const [scale, setScale] = useState(() => window.devicePixelRatio || 1);
  useEffect(() => {
    const query = window.matchMedia(`(resolution: ${scale}dppx)`);
    const changed = (): void => setScale(window.devicePixelRatio || 1);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, [scale]);
  return scale;
}
