/** A part of the editor's surface that stands by itself somewhere in a page, with our style and tooltips. */
import { adoptStyle } from '../style/adopt.ts'
import { h } from './dom.ts'
import { showTooltips } from './tooltip.ts'

export function mountPiece(target: HTMLElement, content: HTMLElement): () => void {
  const piece = h('div', { class: 'cometpad-piece' }, content)
  target.append(piece)
  adoptStyle(target)
  const hideTooltips = showTooltips(piece)
  return () => {
    hideTooltips()
    piece.remove()
  }
}
