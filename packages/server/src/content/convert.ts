/** One job of a thread that converts content, from its question to its answer. Never throws. */
import { CometpadError, errorTable } from '@cometpad/shared'
import * as decoding from 'lib0/decoding'
import * as Y from 'yjs'
import { blocksOf } from './blocks.ts'
import type { ContentAnswer, ContentJob, FormatName } from './content-job.ts'
import { editDocument } from './edit-document.ts'
import type { Format } from './formats/format.ts'
import { html } from './formats/html.ts'
import { lexicalJson } from './formats/lexical-json.ts'
import { markdown } from './formats/markdown.ts'
import { plainText } from './formats/plain-text.ts'

const FORMATS: Readonly<Record<FormatName, Format>> = { markdown, html, text: plainText, json: lexicalJson }

export function convert(job: ContentJob): ContentAnswer {
  try {
    const doc = documentOf(job.state)
    const format = FORMATS[job.format]
    if (job.kind === 'read') return { kind: 'content', text: format.write(blocksOf(doc)) }
    return { kind: 'update', update: editDocument(doc, { ...job, format }) }
  } catch (error) {
    return answerTo(error)
  }
}

function documentOf(frames: Uint8Array): Y.Doc {
  const doc = new Y.Doc()
  const decoder = decoding.createDecoder(frames)
  doc.transact(() => {
    while (decoding.hasContent(decoder)) Y.applyUpdate(doc, decoding.readVarUint8Array(decoder))
  })
  return doc
}

function answerTo(error: unknown): ContentAnswer {
  if (!(error instanceof CometpadError) || error.code === 'INTERNAL_ERROR') {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    // What is nested too deeply for the stack, or too long for a string.
    const code = error instanceof RangeError ? 'CONTENT_TOO_COMPLEX' : 'INTERNAL_ERROR'
    return { kind: 'broken', code, reason }
  }
  const { text } = errorTable[error.code]
  const detail = error.message.slice(0, -text.length).trim()
  return { kind: 'refused', code: error.code, detail: detail === '' ? undefined : detail }
}
