/** Which letters a transaction wrote and which it deleted, read from the document itself. */
import * as Y from 'yjs'
import { lettersIn } from './alphabet.ts'

export interface Written {
  readonly inserted: readonly string[]
  readonly deleted: readonly string[]
}

/** Within `afterTransaction`, before what was deleted is forgotten. */
export function writtenIn(transaction: Y.Transaction): Written {
  const { store } = transaction.doc
  const inserted: string[] = []
  for (const [client, after] of transaction.afterState) {
    const before = transaction.beforeState.get(client) ?? 0
    if (after === before) continue
    for (const struct of store.clients.get(client) ?? []) {
      const end = struct.id.clock + struct.length
      if (end <= before || !(struct instanceof Y.Item) || struct.deleted) continue
      inserted.push(...lettersOf(struct.content))
    }
  }
  const deleted: string[] = []
  for (const [client, ranges] of transaction.deleteSet.clients) {
    const before = transaction.beforeState.get(client) ?? 0
    for (const { clock, len } of ranges) {
      for (const struct of store.clients.get(client) ?? []) {
        const { clock: at } = struct.id
        if (at < clock || at >= clock + len || at >= before || !(struct instanceof Y.Item)) continue
        deleted.push(...lettersOf(struct.content))
      }
    }
  }
  return { inserted, deleted }
}

function lettersOf(content: unknown): string[] {
  return content instanceof Y.ContentString ? lettersIn(content.str) : []
}

/** All letters of a document, those in cells and containers too. */
export function lettersOfDocument(flow: Y.Text): string[] {
  const letters: string[] = []
  const walk = (value: unknown): void => {
    if (value instanceof Y.Text) {
      for (const { insert } of value.toDelta() as { insert: unknown }[]) {
        if (typeof insert === 'string') letters.push(...lettersIn(insert))
        else walk(insert)
      }
    } else if (value instanceof Y.Map) for (const inner of value.values()) walk(inner)
  }
  walk(flow)
  return letters
}
