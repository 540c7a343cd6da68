/** Makes durable which files a folder holds: a new name survives a loss of power only after this. */
import { open } from 'node:fs/promises'

export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and keeps names by itself.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
