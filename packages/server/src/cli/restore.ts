/** `cometpad restore FILE…`: a new data folder from a backup, or one document back into a store that is in use. */
import { basename } from 'node:path'
import { limits } from '@cometpad/shared'
import { OPERATOR } from '../core/ports.ts'
import { documentOfBackup, inspectChain, restoreFolder } from '../storage/index.ts'
import { UsageError } from './command.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode } from './exit-codes.ts'
import { commonFlags, dataFolder, helpOf, readWords } from './flags.ts'
import type { Flag, Words } from './flags.ts'
import { openOperations } from './open-operations.ts'
import { Output, count } from './output.ts'
import { sizeOf } from './size-of.ts'

const flags: readonly Flag[] = [
  { flag: 'document', value: 'ID', help: 'Bring back this document alone, into the store as it is.' },
  { flag: 'as', value: 'ID', help: 'With --document: under this id; the present document stays as it is.' },
  ...commonFlags,
]

export const restore: Command = {
  name: 'restore',
  summary: 'make a data folder from a backup, or bring back one document',
  help: () =>
    helpOf({
      usage: ['restore FILE... --data FOLDER [flags]', 'restore FILE... --document ID [--as ID] [flags]'],
      text: [
        'FILE is a full backup; those that continue it follow in their order. All are checked before a byte is written.',
        'The first form wants a FOLDER that is not there, or empty. The second gives the document a new generation:',
        'everybody who is in it moves over to the restored one, and keeps unsent words as a copy.',
      ],
      flags,
    }),
  run,
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = readWords(argv, flags)
  if (words.rest.length === 0) throw new UsageError('Say at least one FILE: cometpad restore FILE.')
  const output = new Output(terminal, words)
  const documentId = words.text('document')
  if (documentId !== undefined) return restoreDocument(documentId, words, terminal, output)
  const folder = dataFolder(words, terminal)
  const files = words.rest
  // Each file is read twice: to check it, and to use it.
  const bar = output.bar({ label: `Restoring ${folder}`, total: 2 * (await sizeOf(files)), unit: 'bytes' })
  try {
    const began = performance.now()
    const { documents, damaged } = await restoreFolder({
      files,
      folder,
      limits,
      by: OPERATOR,
      progress: (bytes) => bar.add(bytes),
    })
    const ms = performance.now() - began
    bar.end()
    output.result(
      [
        `${count(documents, 'document')} in ${(ms / 1000).toFixed(1)} s: ${folder}`,
        ...damaged.map((id) => `Damaged when the backup was made, and still: ${id}`),
      ],
      { folder, documents, ms: Math.round(ms), damaged },
    )
  } finally {
    bar.end()
  }
  return exitCode.done
}

async function restoreDocument(
  documentId: string,
  words: Words,
  terminal: Terminal,
  output: Output,
): Promise<number> {
  const target = words.text('as') ?? documentId
  const files = await inspectChain(words.rest)
  const { title, updates } = await documentOfBackup(files, documentId)
  const operations = await openOperations(dataFolder(words, terminal), terminal)
  try {
    const head = await operations.replace(target, { title, updates })
    const { generation } = head
    const from = basename(words.rest.at(-1) ?? '')
    output.result([`"${target}" is as it was in ${from}, as generation ${generation}.`], {
      documentId: target,
      generation,
      head: head.head,
    })
  } finally {
    await operations.close()
  }
  return exitCode.done
}
