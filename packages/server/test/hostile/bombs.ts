/** Messages made to hurt: each was measured on other servers, or on Yjs itself. The bytes are built by hand, as an attacker would. */
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

export interface Bomb {
  readonly what: string
  readonly update: Uint8Array
}

type Encoder = encoding.Encoder

function bytes(write: (encoder: Encoder) => void): Uint8Array {
  return encoding.encode(write)
}

function uints(...numbers: readonly number[]): Uint8Array {
  return bytes((encoder) => numbers.forEach((number) => encoding.writeVarUint(encoder, number)))
}

/** One client's structs from a clock on; `parts` writes so many of them. */
function structs(
  client: number,
  clock: number,
  count: number,
  write: (encoder: Encoder) => void,
): Uint8Array {
  return bytes((encoder) => {
    for (const number of [1, count, client, clock]) encoding.writeVarUint(encoder, number)
    write(encoder)
    encoding.writeVarUint(encoder, 0)
  })
}

/** The parent is the root `t`. */
function root(encoder: Encoder): void {
  encoding.writeVarUint(encoder, 1)
  encoding.writeVarString(encoder, 't')
}

export function collected(client: number, clock: number, length: number): Uint8Array {
  return structs(client, clock, 1, (encoder) => {
    encoding.writeUint8(encoder, 0)
    encoding.writeVarUint(encoder, length)
  })
}

export function deleting(client: number, clock: number, length: number): Uint8Array {
  return uints(0, 1, client, 1, clock, length)
}

/** Single letters of one text, every other one, in as many ranges; backwards, as no client writes them down. */
export function manyDeletes(client: number, count: number, order: 'forwards' | 'backwards'): Uint8Array {
  return bytes((encoder) => {
    for (const number of [0, 1, client, count]) encoding.writeVarUint(encoder, number)
    for (let n = 0; n < count; n += 1) {
      encoding.writeVarUint(encoder, 2 * (order === 'forwards' ? n : count - 1 - n))
      encoding.writeVarUint(encoder, 1)
    }
  })
}

function deepAny(depth: number): Uint8Array {
  return structs(5, 0, 1, (encoder) => {
    encoding.writeUint8(encoder, 8)
    root(encoder)
    encoding.writeVarUint(encoder, 1)
    for (let level = 0; level < depth; level += 1) {
      encoding.writeUint8(encoder, 117)
      encoding.writeVarUint(encoder, 1)
    }
    encoding.writeUint8(encoder, 126)
  })
}

function manyClients(count: number): Uint8Array {
  return bytes((encoder) => {
    encoding.writeVarUint(encoder, count)
    for (let client = count; client > 0; client -= 1) {
      for (const number of [1, client, 0]) encoding.writeVarUint(encoder, number)
      encoding.writeUint8(encoder, 4)
      root(encoder)
      encoding.writeVarString(encoder, 'x')
    }
    encoding.writeVarUint(encoder, 0)
  })
}

/** Refused by the gate, whatever the document is. */
export const bombs: readonly Bomb[] = [
  { what: 'nothing at all', update: new Uint8Array() },
  { what: '2^53 clients that do not come', update: uints(2 ** 53 - 1) },
  { what: '2^53 deletions that do not come', update: uints(0, 1, 5, 2 ** 53 - 1) },
  {
    what: '2^31 values that do not come',
    update: structs(5, 0, 1, (encoder) => {
      encoding.writeUint8(encoder, 8)
      root(encoder)
      encoding.writeVarUint(encoder, 2 ** 31)
    }),
  },
  { what: '33 million structs in seven bytes', update: Uint8Array.of(1, 0xff, 0xff, 0xff, 0x0f, 1, 0) },
  { what: '100,000 clients', update: manyClients(100_000) },
  { what: 'a value nested 200,000 deep', update: deepAny(200_000) },
  { what: 'a clock that jumps by 2^31', update: collected(5, 0, 2 ** 31) },
  { what: 'a clock that jumps to the end', update: collected(5, 0, 2 ** 53 - 1) },
  {
    what: 'a clock that jumps in deleted content',
    update: structs(5, 0, 1, (encoder) => {
      encoding.writeUint8(encoder, 1)
      root(encoder)
      encoding.writeVarUint(encoder, 2 ** 40)
    }),
  },
  {
    what: 'the run lengths of the second format',
    update: Uint8Array.of(0, 0, 2, 0xa5, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0, 0, 0, 0, 0),
  },
  { what: 'the second format', update: secondFormat() },
  { what: 'JSON of 300,000 objects in one embed', update: embed(`[${'{},'.repeat(300_000)}0]`) },
  { what: 'items that build on each other in a circle', update: circle() },
  { what: 'JSON of 400,000 brackets', update: embed('['.repeat(400_000) + ']'.repeat(400_000)) },
  ...['__proto__', 'constructor', 'prototype'].map((key) => ({
    what: `the key ${key}`,
    update: structs(5, 0, 1, (encoder) => {
      encoding.writeUint8(encoder, 0x28)
      root(encoder)
      encoding.writeVarString(encoder, key)
      encoding.writeVarUint(encoder, 1)
      encoding.writeUint8(encoder, 126)
    }),
  })),
]

function secondFormat(): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('t').insert(0, 'written in another format')
  return Y.encodeStateAsUpdateV2(doc)
}

function embed(json: string): Uint8Array {
  return structs(5, 0, 1, (encoder) => {
    encoding.writeUint8(encoder, 5)
    root(encoder)
    encoding.writeVarString(encoder, json)
  })
}

/** Two clients, each of whose items builds on the other's: no order puts them in, and nothing about one of them alone is wrong. */
function circle(): Uint8Array {
  return bytes((encoder) => {
    encoding.writeVarUint(encoder, 2)
    for (const [client, other] of [
      [5, 4],
      [4, 5],
    ] as const) {
      for (const number of [1, client, 0]) encoding.writeVarUint(encoder, number)
      encoding.writeUint8(encoder, 0x84)
      encoding.writeVarUint(encoder, other)
      encoding.writeVarUint(encoder, 0)
      encoding.writeVarString(encoder, 'x')
    }
    encoding.writeVarUint(encoder, 0)
  })
}

/** As many one-value items behind each other as one update may have: what Yjs joins in quadratic time. */
export function chained(count: number): Uint8Array {
  return structs(5, 0, count, (encoder) => {
    for (let clock = 0; clock < count; clock += 1) {
      encoding.writeUint8(encoder, clock === 0 ? 8 : 0x88)
      if (clock === 0) root(encoder)
      else {
        encoding.writeVarUint(encoder, 5)
        encoding.writeVarUint(encoder, clock - 1)
      }
      encoding.writeVarUint(encoder, 1)
      encoding.writeUint8(encoder, 126)
    }
  })
}

/** Text and objects in turn, which Yjs cannot join: the most memory for each byte. */
export function unmergeable(count: number): Uint8Array {
  return structs(5, 0, count, (encoder) => {
    for (let clock = 0; clock < count; clock += 1) {
      const isText = clock % 2 === 0
      encoding.writeUint8(encoder, (isText ? 4 : 5) | (clock === 0 ? 0 : 0x80))
      if (clock === 0) root(encoder)
      else {
        encoding.writeVarUint(encoder, 5)
        encoding.writeVarUint(encoder, clock - 1)
      }
      encoding.writeVarString(encoder, isText ? 'x' : '{}')
    }
  })
}
