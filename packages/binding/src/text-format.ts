/** Formats of text: the flow's attributes and Lexical's bits. */
import { TEXT_TYPE_TO_FORMAT } from 'lexical'
import { LINK, TEXT_FORMATS, attrsOf, canonical, knownAttrs } from './form.ts'
import type { Canonical, TextFormat } from './form.ts'

const BITS: Readonly<Record<TextFormat, number>> = {
  b: TEXT_TYPE_TO_FORMAT['bold'] ?? 0,
  i: TEXT_TYPE_TO_FORMAT['italic'] ?? 0,
  u: TEXT_TYPE_TO_FORMAT['underline'] ?? 0,
  s: TEXT_TYPE_TO_FORMAT['strikethrough'] ?? 0,
  k: TEXT_TYPE_TO_FORMAT['code'] ?? 0,
  sub: TEXT_TYPE_TO_FORMAT['subscript'] ?? 0,
  sup: TEXT_TYPE_TO_FORMAT['superscript'] ?? 0,
  hl: TEXT_TYPE_TO_FORMAT['highlight'] ?? 0,
  lc: TEXT_TYPE_TO_FORMAT['lowercase'] ?? 0,
  uc: TEXT_TYPE_TO_FORMAT['uppercase'] ?? 0,
  tc: TEXT_TYPE_TO_FORMAT['capitalize'] ?? 0,
}

export function attrsFor(format: number, url: string): Canonical {
  if (format === 0 && url === '') return ''
  const attrs: Record<string, unknown> = {}
  for (const name of TEXT_FORMATS) if ((format & BITS[name]) !== 0) attrs[name] = 1
  if (url !== '') attrs[LINK] = url
  return canonical(attrs)
}

export function formatOf(text: Canonical): { format: number; url: string } {
  const attrs = attrsOf(knownAttrs(text))
  let format = 0
  for (const name of TEXT_FORMATS) if (attrs[name] === 1) format |= BITS[name]
  const url = attrs[LINK]
  return { format, url: typeof url === 'string' ? url : '' }
}
