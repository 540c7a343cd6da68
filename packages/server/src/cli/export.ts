/** `cometpad export FILE`: all documents in the form of a backup, or one as a Yjs update that any Yjs program reads. */
import { CometpadError, limits } from '@cometpad/shared'
import { YjsThread, contentOfBlocks, readBlocks } from '../storage/index.ts'
import { UsageError } from './command.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode } from './exit-codes.ts'
import { commonFlags, dataFolder, helpOf, readWords } from './flags.ts'
import type { Flag } from './flags.ts'
import { openOperations } from './open-operations.ts'
import { Output, bytesText } from './output.ts'
import { writeFileWhole } from './write-file.ts'

const flags: readonly Flag[] = [
  { flag: 'document', value: 'ID', help: 'Only this document.' },
  { flag: 'yjs', help: 'With --document: its content as one Yjs update (format v1).' },
  ...commonFlags,
]

export const exportCommand: Command = {
  name: 'export',
  summary: 'write documents to a file, without the secrets of the server',
  help: () =>
    helpOf({
      usage: ['export FILE [--document ID [--yjs]] [flags]'],
      text: ['The file has the form of a backup, and `cometpad import` takes it into another store.'],
      flags,
    }),
  run,
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = readWords(argv, flags)
  const [path, more] = words.rest
  if (path === undefined || more !== undefined) throw new UsageError('Say one FILE: cometpad export FILE.')
  const documentId = words.text('document')
  if (words.has('yjs') && documentId === undefined)
    throw new UsageError('A Yjs update is one document: say --document ID.')
  const output = new Output(terminal, words)
  const operations = await openOperations(dataFolder(words, terminal), terminal)
  const bar = output.bar({ label: `Exporting to ${path}`, unit: 'bytes' })
  try {
    const only = documentId === undefined ? undefined : [documentId]
    const exported = operations.backup({ kind: 'export', only })
    const chunks = words.has('yjs') && documentId !== undefined ? yjsUpdate(exported, documentId) : exported
    const bytes = await writeFileWhole(path, chunks, (amount) => bar.add(amount))
    bar.end()
    output.result([`${bytesText(bytes)}: ${path}`], { file: path, bytes })
  } finally {
    bar.end()
    await operations.close()
  }
  return exitCode.done
}

async function* yjsUpdate(
  exported: AsyncIterable<Uint8Array>,
  documentId: string,
): AsyncGenerator<Uint8Array> {
  const { updates } = await contentOfBlocks(readBlocks(exported), documentId)
  const thread = new YjsThread({ limits })
  try {
    const compacted = await thread.compact(updates)
    if (compacted.state !== 'compacted')
      throw new CometpadError('DOCUMENT_DAMAGED', { detail: `"${documentId}":` })
    yield compacted.update
  } finally {
    await thread.close()
  }
}
