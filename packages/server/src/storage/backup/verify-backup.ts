/**
 * Checks everything that a full backup holds, document by document, as it streams by: the envelope of every row, that no
 * entry and no part is missing, and that Yjs can load what they make up. The same for a file and for a live store, which is
 * verified through its backup.
 */
import { CometpadError } from '@cometpad/shared'
import type { Block } from './backup-blocks.ts'
import { contentOf } from './document-of-backup.ts'
import { documentsIn } from './document-stream.ts'
import type { Compacted } from '../compaction-work.ts'
import { damaged, unseal } from '../envelope.ts'
import { decodeAccess } from '../access-rows.ts'
import { hexOf } from '../head-row.ts'
import { decodeKey } from '../keys.ts'

export interface VerifyOptions {
  /** Has Yjs load the updates; left out, only rows are checked. */
  readonly load?: ((updates: readonly Uint8Array[]) => Promise<Compacted>) | undefined
  /** So many documents were checked. */
  readonly progress?: (done: number) => void
}

export interface Verified {
  readonly documents: number
  readonly damaged: readonly { readonly documentId: string; readonly what: string }[]
}

/** Rejects with BACKUP_UNUSABLE; damage of documents is not an error but the result. */
export async function verifyBackup(
  blocks: AsyncIterable<Block>,
  { load, progress }: VerifyOptions = {},
): Promise<Verified> {
  const found: { readonly documentId: string; readonly what: string }[] = []
  let documents = 0
  for await (const streamed of documentsIn(blocks)) {
    if (streamed.type === 'other') {
      const { key, value } = streamed.row
      await noting(streamed.documentId ?? `row ${hexOf(key)}`, async () => {
        if (decodeKey(key)?.kind === 'access') decodeAccess(key, value)
        else unseal(key, value)
      })
      continue
    }
    documents += 1
    progress?.(documents)
    const { documentId, view } = streamed
    await noting(documentId, async () => {
      const { updates } = await contentOf(view, documentId)
      if (load === undefined || updates.length === 0) return
      const { state } = await load(updates)
      if (state === 'pending') throw damaged('It holds edits that build on others which are missing.')
      if (state === 'different') throw damaged('Yjs loads it as something else.')
    })
  }
  return { documents, damaged: found }

  async function noting(documentId: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (cause) {
      if (!(cause instanceof CometpadError)) throw cause
      if (cause.code === 'INTERNAL_ERROR') found.push({ documentId, what: 'Yjs cannot read it.' })
      else if (cause.code === 'DOCUMENT_DAMAGED') found.push({ documentId, what: cause.message })
      else throw cause
    }
  }
}
