/** A canvas sized in CSS pixels and sharp on the screen it is on, in the scale of the type around it. */

/** @returns its context, cleared, one unit a CSS pixel */
export function fitCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D {
  const ratio = devicePixelRatio;
  const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no 2d canvas');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** @returns how much larger than on a desk everything is drawn: 1 there, about 2 on a wall */
export function scale(): number {
  return rem() / 15;
}

/** @returns CSS pixels of one rem: 15 on a desk, 33 on a wall of 3,840 */
export function rem(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** @returns the font of labels on canvas */
export function labelFont(): string {
  return `${Math.round(rem() * 0.8)}px system-ui, sans-serif`;
}
