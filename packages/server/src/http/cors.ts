/**
 * What the browser has to be told so that a listed page of another site may read our answers, the errors among them. Never
 * with credentials: who somebody is travels in a header that the page sets itself. Knows no route.
 */
import cors from '@fastify/cors'
import {
  CLIENT_HEADER,
  GENERATION_HEADER,
  HOLD_HEADER,
  POSITION_HEADER,
  PRESENCE_HEADER,
} from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { OriginPolicy } from './origin.ts'

/** Headers of answers that such a page may read beyond those that every page may. */
export const exposedHeaders = [
  'Allow',
  'Date',
  'ETag',
  'Location',
  'Retry-After',
  GENERATION_HEADER,
  POSITION_HEADER,
  PRESENCE_HEADER,
  'Producer-Epoch',
  'Producer-Expected-Seq',
  'Producer-Received-Seq',
  'Producer-Seq',
  'Stream-Closed',
  'Stream-Cursor',
  'Stream-Next-Offset',
  'Stream-SSE-Data-Encoding',
  'Stream-Up-To-Date',
]

/** Headers of requests that such a page may set. */
export const allowedHeaders = [
  'Authorization',
  'Cache-Control',
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  CLIENT_HEADER,
  GENERATION_HEADER,
  HOLD_HEADER,
  POSITION_HEADER,
  PRESENCE_HEADER,
  'Producer-Epoch',
  'Producer-Id',
  'Producer-Seq',
  'Stream-Closed',
  'Stream-Expires-At',
  'Stream-Seq',
  'Stream-TTL',
]

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

export async function registerCors(
  app: FastifyInstance,
  origins: OriginPolicy,
  { preflightMs }: Pick<Limits, 'preflightMs'>,
): Promise<void> {
  await app.register(cors, {
    origin: (origin, decide) => decide(null, origins.isListed(origin)),
    credentials: false,
    methods,
    allowedHeaders,
    exposedHeaders,
    maxAge: preflightMs / 1_000,
    // What is no preflight is answered by our own table of errors instead of the plugin's text.
    strictPreflight: false,
  })
}

/** For answers that are given before any hook runs. */
export function setCorsHeaders(reply: FastifyReply, origin: string): void {
  void reply
    .header('vary', 'Origin')
    .header('access-control-allow-origin', origin)
    .header('access-control-expose-headers', exposedHeaders.join(', '))
}

/**
 * A page that is not listed may read that it is not, or it could tell nobody why nothing works. That there is a server is
 * no secret: a page finds out as much by whether it is answered at all.
 */
export function setRefusalHeaders(reply: FastifyReply): void {
  void reply.header('vary', 'Origin').header('access-control-allow-origin', '*')
}
