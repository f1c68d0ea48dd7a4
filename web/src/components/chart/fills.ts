// SPDX-License-Identifier: Apache-2.0
import type { Band } from '../../model/verdict';

/** What fills each band on a canvas; what is on the way is hatched, like every wait. */
export function bandFills(style: CSSStyleDeclaration): Readonly<Record<Band, string | CanvasPattern>> {
  const color = (name: string) => style.getPropertyValue(name).trim();
  return {
    in_time: color('--good'),
    late: color('--late'),
    waiting: hatch(color('--waiting'), color('--waiting-soft')),
    bad: color('--bad'),
    unknown: color('--unknown'),
  };
}

/** A diagonal hatch that tiles: the tile's lines meet at its corners. */
function hatch(line: string, ground: string): string | CanvasPattern {
  const size = 5 * Math.max(1, Math.round(window.devicePixelRatio));
  const tile = document.createElement('canvas');
  tile.width = size;
  tile.height = size;
  const context = tile.getContext('2d');
  if (!context) return line;
  context.fillStyle = ground;
  context.fillRect(0, 0, size, size);
  context.strokeStyle = line;
  context.lineWidth = size * 0.28;
  context.beginPath();
  for (const shift of [-size, 0, size]) {
    context.moveTo(shift, size);
    context.lineTo(shift + size, 0);
  }
  context.stroke();
  return context.createPattern(tile, 'repeat') ?? line;
}
