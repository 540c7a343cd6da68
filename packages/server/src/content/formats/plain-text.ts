/** Plain text: a blank line parts two blocks, a line break within one is a soft break. Says no kinds and no formats. */
import { BlockBuilder } from '../blocks.ts'
import type { Block } from '../blocks.ts'
import { isText, textOf } from './format.ts'
import type { Bounds, Format } from './format.ts'

export const plainText: Format = {
  hasContainers: false,

  write(blocks) {
    const parts = blocks.flatMap((block) => linesOf(block) ?? [])
    const text = parts.join('\n\n')
    // One empty line says as little as none: a document is never without a block.
    return text === '' ? '' : `${text}\n`
  },

  read(text, bounds: Bounds) {
    const builder = new BlockBuilder(bounds)
    if (text === '') return []
    const lines = text.replaceAll(/\r\n?/g, '\n').replace(/\n$/, '')
    for (const part of lines.split('\n\n')) {
      builder.begin({})
      builder.text(part)
    }
    return builder.build()
  },

  says(block) {
    const text = linesOf(block)
    if (text === null) return null
    return { keys: {}, runs: text === '' ? [] : [{ text, attrs: {} }] }
  },
}

/** No blank line within, and none at the ends: it would part the block in two. Null: the block has no place for text. */
function linesOf(block: Block): string | null {
  const text = textOf(block)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/\n{2,}/g, '\n')
    .replaceAll(/^\n|\n$/g, '')
  return text === '' && !isText(block) ? null : text
}
