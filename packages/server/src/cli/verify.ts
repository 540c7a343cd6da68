/** `cometpad verify`: looks at every row of a store or of a backup, and has Yjs load every document. */
import { mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CometpadError, errorTable, limits } from '@cometpad/shared'
import { OPERATOR } from '../core/ports.ts'
import { YjsThread, blocksOf, readBlocks, restoreFolder, verifyBackup } from '../storage/index.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode } from './exit-codes.ts'
import { commonFlags, dataFolder, helpOf, readWords } from './flags.ts'
import type { Flag, Words } from './flags.ts'
import { openOperations } from './open-operations.ts'
import { Output, count } from './output.ts'

const flags: readonly Flag[] = [
  { flag: 'rows-only', help: 'Check rows and checksums, and do not have Yjs load the documents.' },
  ...commonFlags,
]

export const verify: Command = {
  name: 'verify',
  summary: 'check a store or a backup from end to end',
  help: () =>
    helpOf({
      usage: ['verify [flags]', 'verify FILE... [flags]'],
      text: [
        'Without FILE the store in the data folder, also while the server runs. Several files are a full backup and those',
        'that continue it: they are restored beside the first one, verified, and taken away again.',
        `Ends with ${exitCode.damaged} when something is damaged. Changes nothing.`,
      ],
      flags,
    }),
  run,
}

type Verification = Awaited<ReturnType<typeof verifyBackup>>

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = readWords(argv, flags)
  const output = new Output(terminal, words)
  const thread = new YjsThread({ limits })
  try {
    const { documents, damaged } = await verifyAll(words, terminal, output, thread)
    const what = words.rest.length > 0 ? words.rest.join(' ') : dataFolder(words, terminal)
    const verdict = damaged.length === 0 ? 'all whole' : `${damaged.length} damaged`
    output.result(
      [
        `${count(documents, 'document')}, ${verdict}: ${what}`,
        ...damaged.map(({ documentId, what: why }) => `  ${documentId}: ${why}`),
      ],
      { documents, damaged },
    )
    return damaged.length === 0 ? exitCode.done : exitCode.damaged
  } finally {
    await thread.close()
  }
}

async function verifyAll(
  words: Words,
  terminal: Terminal,
  output: Output,
  thread: YjsThread,
): Promise<Verification> {
  const [file, ...others] = words.rest
  if (file !== undefined && others.length > 0) {
    const folder = await mkdtemp(join(dirname(file), '.cometpad-verify-'))
    try {
      await restoreFolder({ files: words.rest, folder: join(folder, 'data'), limits, by: OPERATOR })
      return await verifyStore(join(folder, 'data'))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  return file === undefined ? verifyStore(dataFolder(words, terminal)) : verifyBlocks(blocksOf(file))

  async function verifyStore(folder: string): Promise<Verification> {
    const operations = await openOperations(folder, terminal)
    try {
      return await verifyBlocks(readBlocks(operations.backup({ kind: 'backup' })))
    } finally {
      await operations.close()
    }
  }

  async function verifyBlocks(blocks: ReturnType<typeof readBlocks>): Promise<Verification> {
    const bar = output.bar({ label: 'Verifying', unit: 'documents' })
    const load = words.has('rows-only')
      ? undefined
      : (updates: readonly Uint8Array[]) => thread.compact(updates)
    try {
      return await verifyBackup(blocks, { load, progress: () => bar.add(1) })
    } catch (cause) {
      throw file === undefined ? cause : aboutFile(file, cause)
    } finally {
      bar.end()
    }
  }
}

/** Says which file it is, unless that was said. */
function aboutFile(file: string, cause: unknown): unknown {
  if (!(cause instanceof CometpadError) || cause.message.startsWith(file)) return cause
  const detail = cause.message.replace(errorTable[cause.code].text, '').trim()
  return new CometpadError(cause.code, { detail: `${file}: ${detail}`, cause })
}
