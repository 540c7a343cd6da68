/** Turns a store that nobody has open into one of version 1 of the format, as the program of that version wrote it. */
import * as encoding from 'lib0/encoding'
import { join } from 'node:path'
import type { DocumentHead } from '../../src/core/ports.ts'
import { BlockWriter, readBlocks } from '../../src/storage/backup/backup-blocks.ts'
import { DATABASE_FOLDER } from '../../src/storage/data-folder.ts'
import { openDatabase } from '../../src/storage/database.ts'
import type { Put, StoredRow } from '../../src/storage/database.ts'
import { seal } from '../../src/storage/envelope.ts'
import { encodeFormatVersion } from '../../src/storage/global-rows.ts'
import { decodeHead, documentIdIn, headOfFormat2 } from '../../src/storage/head-row.ts'
import { ALL_HEADS, globalKey, globalRow } from '../../src/storage/keys.ts'

export async function makeOld(folder: string): Promise<void> {
  const database = await openDatabase(join(folder, DATABASE_FOLDER))
  try {
    const heads = await database.view(async (view) => {
      const rows: StoredRow[] = []
      await view.scan(
        ALL_HEADS,
        ({ key, value }) => rows.push({ key: key.slice(), value: value.slice() }) > 0,
      )
      return rows
    })
    await database.write([...heads.flatMap(oldHead), encodeFormatVersion(1)])
  } finally {
    await database.close()
  }
}

/** The bytes of a backup, as the program of version 1 made them of the same rows. */
export async function oldBackup(bytes: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  const writer = new BlockWriter(async (chunk) => void chunks.push(chunk))
  let groups: readonly StoredRow[] = []
  for await (const block of readBlocks(chunkOf(bytes))) {
    if (block.type === 'header') await writer.begin({ ...block.header, store: 1 })
    if (block.type === 'rows') for (const row of block.rows) writer.add(oldRow(row))
    if (block.type === 'groups') ({ groups } = block)
    if (block.type === 'end') await writer.end(groups, block.end)
  }
  return Buffer.concat(chunks)
}

async function* chunkOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function oldRow(row: StoredRow): StoredRow {
  if (Buffer.compare(row.key, globalKey(globalRow.formatVersion)) === 0) return encodeFormatVersion(1)
  return oldHead(row)[0] ?? row
}

function oldHead({ key, value }: StoredRow): Put[] {
  const found = documentIdIn({ type: 'put', key, value })
  if (found === undefined) return []
  const head = decodeHead(found.documentId, found.documentKey, headOfFormat2({ key, value }).value)
  return [{ type: 'put', key, value: seal(key, { payload: payloadOf(head) }) }]
}

/** Written apart from the program, which writes it no more. */
function payloadOf(head: DocumentHead): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeUint8Array(encoder, Buffer.from(head.generation, 'hex'))
    for (const number of [
      head.head,
      head.snapshotOffset,
      head.logBytes,
      head.snapshotBytes,
      head.createdAt,
      head.updatedAt,
    ])
      encoding.writeVarUint(encoder, number)
    encoding.writeVarString(encoder, head.documentId)
    encoding.writeVarString(encoder, head.title)
  })
}
