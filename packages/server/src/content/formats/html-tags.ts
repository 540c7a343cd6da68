/** What tags, and the few styles that matter, say of the text in them and of the block that they are. */
import type { Attrs } from '../blocks.ts'

const MARKS: Readonly<Record<string, string>> = {
  b: 'b',
  strong: 'b',
  i: 'i',
  em: 'i',
  u: 'u',
  ins: 'u',
  s: 's',
  strike: 's',
  del: 's',
  code: 'k',
  kbd: 'k',
  samp: 'k',
  tt: 'k',
  sub: 'sub',
  sup: 'sup',
  mark: 'hl',
}

type Attributes = Readonly<Record<string, string>>

/** Of text within a tag, whose outside has `outer`. */
export function attrsOfTag(outer: Attrs, name: string, attributes: Attributes): Attrs {
  const mark = Object.hasOwn(MARKS, name) ? MARKS[name] : undefined
  const href = name === 'a' ? attributes['href'] : undefined
  const style = attributes['style']
  if (mark === undefined && href === undefined && style === undefined) return outer
  const attrs: Record<string, unknown> = { ...outer }
  if (mark !== undefined) attrs[mark] = 1
  if (href !== undefined) attrs['a'] = href
  for (const [property, value] of declarationsIn(style)) {
    // A word processor wraps everything into a <b> that is none.
    if (property === 'font-weight') {
      if (/^(bold|bolder|[6-9]00)$/.test(value)) attrs['b'] = 1
      else if (/^(normal|lighter|[1-5]00)$/.test(value)) delete attrs['b']
    } else if (property === 'font-style' && /italic|oblique/.test(value)) attrs['i'] = 1
    else if (property.startsWith('text-decoration')) {
      if (value.includes('underline')) attrs['u'] = 1
      if (value.includes('line-through')) attrs['s'] = 1
    } else if (property === 'vertical-align' && (value === 'sub' || value === 'super'))
      attrs[value === 'sub' ? 'sub' : 'sup'] = 1
  }
  return attrs
}

/** Of a block that begins within a tag. */
export function keysOfTag(name: string, attributes: Attributes): Record<string, unknown> {
  const keys: Record<string, unknown> = {}
  if (/^h[1-6]$/.test(name)) keys['T'] = name
  else if (name === 'blockquote') keys['T'] = 'q'
  else if (name === 'pre') keys['T'] = 'code'
  const language = /(?:^|\s)lang(?:uage)?-([\w+#.-]{1,40})(?:\s|$)/.exec(attributes['class'] ?? '')?.[1]
  if ((name === 'pre' || name === 'code') && language !== undefined) keys['L'] = language
  if (attributes['dir'] === 'ltr' || attributes['dir'] === 'rtl') keys['D'] = attributes['dir']
  for (const [property, value] of declarationsIn(attributes['style']))
    if (property === 'text-align' && /^(left|start|center|right|end|justify)$/.test(value)) keys['A'] = value
  return keys
}

function declarationsIn(style: string | undefined): [property: string, value: string][] {
  if (style === undefined) return []
  return style.split(';').flatMap((declaration): [string, string][] => {
    const [property, value] = declaration.split(':')
    return value === undefined || property === undefined
      ? []
      : [[property.trim().toLowerCase(), value.trim().toLowerCase()]]
  })
}
