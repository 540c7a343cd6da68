/** How many bytes files have, for a bar that knows its end. */
import { stat } from 'node:fs/promises'
import { fileError } from './write-file.ts'

/** Rejects with FILE_UNUSABLE. */
export async function sizeOf(paths: readonly string[]): Promise<number> {
  let bytes = 0
  for (const path of paths) {
    const { size } = await stat(path).catch((cause: unknown) => {
      throw fileError(path, cause)
    })
    bytes += size
  }
  return bytes
}
