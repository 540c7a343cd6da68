/** What a writer's document says, as short lines that one can compare. */
import { attrsOf } from '../src/form.ts'
import type { Writer } from './writer.ts'

/** Blocks as `type:text`, with formatted parts as `<names text>`. */
export function show(writer: Writer): string[] {
  return writer.binding.view.blocks.map((block) => {
    const { T, I } = attrsOf(block.keys)
    let at = 0
    const parts = block.runs.map(({ length, attrs }) => {
      const text = block.text.slice(at, at + length)
      at += length
      return attrs === '' ? text : `<${Object.keys(attrsOf(attrs)).join('')} ${text}>`
    })
    return `${typeof T === 'string' ? T : 'p'}${typeof I === 'number' ? String(I) : ''}:${parts.join('')}`
  })
}
