/**
 * The content of a block as the pieces that Lexical shows: maximal runs of text of one format, breaks, tabs, objects,
 * and links around maximal runs of one address. Pure.
 */
import { OBJECT, knownAttrs } from './form.ts'
import type { Content } from './model.ts'
import { formatOf } from './text-format.ts'

export type Piece =
  | { readonly kind: 'text'; text: string; readonly format: number }
  | { readonly kind: 'tab'; readonly format: number }
  | { readonly kind: 'break' }
  | { readonly kind: 'object'; readonly embed: unknown }

export type Inline = Piece | { readonly kind: 'link'; readonly url: string; readonly pieces: Piece[] }

const SPECIAL = /[\n\t\uFDD1]/

export function piecesOf(content: Content): Inline[] {
  const result: Inline[] = []
  const isPlain = !SPECIAL.test(content.text)
  let at = 0
  let object = 0
  for (const run of content.runs) {
    const { format, url } = formatOf(knownAttrs(run.attrs))
    const into = url === '' ? result : linkAt(result, url)
    const text = content.text.slice(at, at + run.length)
    for (const part of isPlain ? [text] : text.split(/([\n\t\uFDD1])/)) {
      if (part === '') continue
      const last = into.at(-1)
      if (part === '\n') into.push({ kind: 'break' })
      else if (part === '\t') into.push({ kind: 'tab', format })
      else if (part === OBJECT) into.push({ kind: 'object', embed: content.objects[object++] })
      else if (last?.kind === 'text' && last.format === format) last.text += part
      else into.push({ kind: 'text', text: part, format })
    }
    at += run.length
  }
  return result
}

function linkAt(result: Inline[], url: string): Piece[] {
  const last = result.at(-1)
  if (last?.kind === 'link' && last.url === url) return last.pieces
  const pieces: Piece[] = []
  result.push({ kind: 'link', url, pieces })
  return pieces
}
