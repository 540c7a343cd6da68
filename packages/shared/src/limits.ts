/**
 * Every bound of Cometpad, each named once. Both ends and the documentation read them here.
 * Times end in `Ms`, sizes in `Bytes`. The reasons stand beside the numbers. Those that clients look at
 * have files of their own, so that a page does not load the others: what both ends look at, and what clients alone keep.
 */
import { clientLimits } from './client-limits.ts'
import type { ClientLimits } from './client-limits.ts'

export interface Limits extends ClientLimits {
  /** Entries of a room's presence map. */
  readonly presenceClients: number
  /** A signed token, in characters. */
  readonly tokenLength: number
  /** Fetching the keys with which tokens are checked may take this long. */
  readonly jwksTimeoutMs: number
  /** A token with an unknown key has the keys fetched again, but not more often than this. */
  readonly jwksCooldownMs: number
  /** Fetched keys are good for this long. */
  readonly jwksCacheMs: number
  /** The files of the certificate for TLS are looked at this often. */
  readonly tlsWatchMs: number
  /** Fresh tokens of one connection that wait to be looked at. */
  readonly waitingRenewals: number
  /** People of one document about whom its owners have said something. */
  readonly accessPeople: number
  /** Share links of one document that work. */
  readonly shareLinks: number
  /** What is kept of who has changed what of one document; the oldest goes first. */
  readonly trailEntries: number
  /** Changes of the access to one document that wait for the one before; beyond it they are refused with OVERLOADED. */
  readonly waitingAccessChanges: number
  /** ...and in all documents. */
  readonly waitingAccessChangesInAll: number
  /** Wrong passwords that one address may try for one link within `passwordWindowMs`. */
  readonly passwordTries: number
  /** See `passwordTries`. */
  readonly passwordWindowMs: number
  /** Addresses that have tried passwords of links within `passwordWindowMs`; beyond it further ones are refused with OVERLOADED. */
  readonly passwordGuessers: number
  /** Passwords that are being looked at, each for a tenth of a second on one core; others wait. */
  readonly passwordChecks: number
  /** Passwords of one address that wait, the one whose turn it is included; beyond it they are refused with OVERLOADED. */
  readonly waitingPasswords: number
  /** The same of all addresses. */
  readonly waitingPasswordsInAll: number
  /** The subject of a token, in UTF-16 units. */
  readonly subjectLength: number
  /** A person's name, in UTF-16 units; what is longer is cut. */
  readonly nameLength: number
  /** Updates of one room that wait for their commit; beyond it the room refuses with OVERLOADED. */
  readonly pendingUpdates: number
  /** The newest log entries a live room keeps in memory for its readers. */
  readonly tailBytes: number
  /** One page when a reader catches up from the store. */
  readonly pageBytes: number
  /** Bytes written to a reader's connection and not yet taken by the network; above it the reader waits. */
  readonly readerBufferBytes: number
  /** A reader that takes nothing for this long while something waits for it is dropped. */
  readonly stalledReaderMs: number
  /** Readers of one room. */
  readonly readersPerRoom: number
  /** Messages of one connection that wait for their room to load. */
  readonly waitingMessages: number
  /** Structs plus delete ranges of one update. */
  readonly updateItems: number
  /** Values in all JSON texts of one update: parsing one costs thirty times its bytes. */
  readonly jsonParts: number
  /** How often items of one update build on items of other clients. */
  readonly crossings: number
  /** Distinct Yjs clients in one update. Bounds the vector a hostile update can grow. */
  readonly updateClients: number
  /** Clocks that one update may take without content: what its author deleted and Yjs has forgotten. */
  readonly collectedClocks: number
  /** A name in an update (a key, a format), in bytes. */
  readonly keyBytes: number
  /** Nesting of `any` values in one update. */
  readonly anyDepth: number
  /** Shared types in a document that stand one in another. Yjs goes down them by calling itself. */
  readonly typeDepth: number
  /** Delete ranges of one client in one update that may be in any order; every writer of Yjs updates sorts them. */
  readonly unsortedDeletes: number
  /** A room without readers stays in memory for this long. */
  readonly idleRoomMs: number
  /** The same in a room of more than `crowdedRoom` participants (10 Hz). */
  readonly crowdedPresenceIntervalMs: number
  /** From this many participants on a room counts as crowded. */
  readonly crowdedRoom: number
  /** A connection from which nothing was heard for this long is closed by the server. */
  readonly silentConnectionMs: number
  /** A random part of this is taken off, so that polls that began together do not end together. */
  readonly pollSpreadMs: number
  /** News of presence alone lets a poll wait this long: every move of a caret would cost a request. */
  readonly pollPresenceMs: number
  /** A poll is answered once it holds this much, although there is more: the next one gets the rest. */
  readonly pollBytes: number
  /** A stream ends after this long at the earliest, and twice this long at the latest; the client comes back at once. */
  readonly streamMs: number
  /** Presence that was said over HTTP is dropped this long after the client's last request. */
  readonly leaseMs: number
  /** Who has gone is remembered this long for polls that are under way, and longer than what tells them otherwise. */
  readonly goneMs: number
  /** The body of a request with frames. One update of the largest size, and what stands around it. */
  readonly postBytes: number
  /** The key that a client draws for its requests, in characters: 22 are 132 random bits. */
  readonly clientKeyLength: number
  /** Requests and WebSockets of doctors at the same time; each ends within a minute. */
  readonly doctorProbes: number
  /** A stream of server-sent events ends after this long; the client comes back with its last offset. */
  readonly eventStreamMs: number
  /** Senders with a `Producer-Id` that are remembered; above it the one that was silent for longest is forgotten. */
  readonly producers: number
  /** Requests of one such sender that wait for those before them. */
  readonly waitingProducerRequests: number
  /** Requests of one such sender in a row that are told to leave a gap; after that their content tells, as after a restart. */
  readonly producerGaps: number
  /** A `Producer-Id`, in characters. */
  readonly producerIdLength: number
  /** Streams of presence with names of their own, altogether... */
  readonly presenceStreams: number
  /** ...and of one document. */
  readonly presenceStreamsPerDocument: number
  /** What such a stream keeps for those who come or are slow; also the most that one request may bring. */
  readonly presenceStreamBytes: number
  /** Such a stream that nobody has asked for in this time is forgotten. */
  readonly presenceStreamIdleMs: number
  /** The name of such a stream, in characters. */
  readonly presenceNameLength: number
  /** How long a browser may remember that a page of another site is allowed; every engine keeps it at least that long. */
  readonly preflightMs: number
  /** The headers of a request have to be there by then: what only begins requests and never ends them is cut. */
  readonly headersMs: number
  /** TCP connections of the whole process. */
  readonly connections: number
  /** WebSockets and requests under way from one address. An office behind one address has many people. */
  readonly connectionsPerAddress: number
  /** The same of one subject of tokens, who may have many tabs. */
  readonly connectionsPerSubject: number
  /** Requests of one address, upgrades included, within `requestWindowMs`. */
  readonly requestsPerWindow: number
  /** See `requestsPerWindow`. */
  readonly requestWindowMs: number
  /** Messages of one client that are taken in each second; who says more is read more slowly. Typing makes ten. */
  readonly messagesPerSecond: number
  /** Messages that one client may say at once before that: what was written offline comes like this. */
  readonly messageBurst: number
  /** Presence goes to everybody in the room, and so counts as this many messages. */
  readonly presenceWeight: number
  /** Bytes of one client that are taken in each second. */
  readonly bytesPerSecond: number
  /** Bytes that one client may send at once before that: an update of the largest size, and more. */
  readonly byteBurst: number
  /** Clients that say things in single requests and whose pace is remembered. */
  readonly paces: number
  /** Updates of one source (an address or a subject) that may be refused within `refusalWindowMs`; what brings more is closed. */
  readonly refusedUpdates: number
  /** See `refusedUpdates`. */
  readonly refusalWindowMs: number
  /** Documents that one source may make within `documentWindowMs`. */
  readonly documentsPerWindow: number
  /** See `documentsPerWindow`. */
  readonly documentWindowMs: number
  /** Sources of which it is remembered what they have done. */
  readonly sources: number
  /** Refused updates that are kept aside for whoever runs the server; the oldest go first... */
  readonly quarantineUpdates: number
  /** ...and their bytes on the disk. */
  readonly quarantineBytes: number
  /** The same of one document: an attack on it does not push out what was kept of others. */
  readonly quarantineUpdatesOfDocument: number
  /** See `quarantineUpdatesOfDocument`. */
  readonly quarantineBytesOfDocument: number
  /** What is kept of one update; of a longer one how it begins. */
  readonly quarantineUpdateBytes: number
  /** Updates of one source that are kept within `quarantineWindowMs`: a flood shows what it is by its first. */
  readonly quarantinedBySource: number
  /** The same of all sources: each is a write to the disk. */
  readonly quarantinedInWindow: number
  /** See `quarantinedBySource`. */
  readonly quarantineWindowMs: number
  /** Refused updates that wait to be written; further ones are not kept. */
  readonly waitingQuarantine: number
  /** Nobody new is let in while turns of the event loop are late by more than this on average. */
  readonly loopDelayMs: number
  /** At shutdown: how long connections and the store have before the process ends anyway. */
  readonly drainMs: number
  /** At shutdown: clients come back after a random wait up to this. */
  readonly drainSpreadMs: number
  /** A log is compacted when its bytes since the snapshot exceed this and the snapshot's size. */
  readonly compactionBytes: number
  /** A log is compacted at the latest after this many entries. */
  readonly compactionEntries: number
  /** A value in the store larger than this is kept in chunks. */
  readonly chunkBytes: number
  /** Rows of one group commit. */
  readonly commitRows: number
  /**
   * A store that commits more often than this spaces its commits evenly, so that each carries more: at 100 a second an
   * edit waits 10 ms at the most, and under load the processor time of an edit falls by about half.
   */
  readonly commitsPerSecond: number
  /** So many commits may follow each other at once before they are spaced. */
  readonly commitBurst: number
  /** Bytes of one group commit. */
  readonly commitBytes: number
  /** Bytes of the writes that wait for a group commit; beyond it the store refuses with OVERLOADED. */
  readonly waitingCommitBytes: number
  /** Heads of documents that the store keeps in memory (about 500 bytes each). */
  readonly openHeads: number
  /** Attempts to open a store that broke follow each other at this distance at the least. */
  readonly reopenMs: number
  /** So much space is there before a store that broke is opened anew: LevelDB writes its log to a table, twice its buffer. */
  readonly reopenBytes: number
  /** Documents found damaged that the store remembers. */
  readonly damagedDocuments: number
  /** The file that tells which batches were acknowledged lags behind by this much at the most. */
  readonly highWaterMs: number
  /** What the ledger has to note between two of its writes; of further batches it says that it does not know what they reached. */
  readonly ledgerPendingBytes: number
  /** A ledger is followed by another when it covers batches of so many bytes: far more than the logs of LevelDB hold. */
  readonly ledgerCoversBytes: number
  /** Tables of LevelDB that are read at the start, and at the stop, for a note of what stands in them. */
  readonly tablesNotedAtOnce: number
  /** The same once in each `highWaterMs`: reading one takes time from everybody. */
  readonly tablesNotedEachTime: number
  /** Bytes of log that one compaction takes in; a longer log is compacted in several. */
  readonly compactionReadBytes: number
  /** Compactions at the same time: one in the thread, one that reads or writes. */
  readonly compactionsAtOnce: number
  /** A text rests for so long, and at most twice that, before somebody looks how it begins. */
  readonly firstLineMs: number
  /** Of a longer history that is found when it is compacted. */
  readonly firstLineBytes: number
  /** What is kept of it, in UTF-16 units. */
  readonly firstLineLength: number
  /** Documents that wait for this; of further ones it is found after their next edit. */
  readonly waitingFirstLines: number
  /** Documents that wait to be compacted; further ones are taken up at their next edit. */
  readonly waitingCompactions: number
  /** Yjs work on fewer bytes than this is done at once; more goes to a thread. */
  readonly inlineUpdateBytes: number
  /** Jobs that wait for a thread; beyond it they are refused with OVERLOADED. */
  readonly threadJobs: number
  /** A job that keeps a thread busy for longer is given up, and the thread with it. */
  readonly threadJobMs: number
  /** Yjs work on more bytes than this ends with its thread, whose memory would keep many times as much until the next. */
  readonly heavyJobBytes: number
  /** Content in Markdown, HTML, text or JSON that comes in one request. */
  readonly contentBytes: number
  /** Stored bytes of a document that is converted; of a larger one its updates can be had. */
  readonly contentStateBytes: number
  /** Blocks that content may have. */
  readonly contentBlocks: number
  /** Runs of text of one format, or nodes, that content may have. */
  readonly contentRuns: number
  /** Tags, quotes, lists or nodes within each other. */
  readonly contentDepth: number
  /** Threads that convert content. */
  readonly contentThreads: number
  /** The heap of such a thread. Who needs more is refused with CONTENT_TOO_COMPLEX, and the thread is given up. */
  readonly contentHeapBytes: number
  /** Conversions that wait for a thread, and edits of one document; beyond it they are refused with OVERLOADED. */
  readonly contentJobs: number
  /** Edits of all documents that are under way or wait for their turn: each holds its content. More are refused with OVERLOADED. */
  readonly contentEdits: number
  /** A conversion that keeps a thread busy for longer is given up with CONTENT_TOO_COMPLEX, and the thread with it. */
  readonly contentJobMs: number
  /** A thread without work ends after this long: it holds about 50 MB. */
  readonly contentIdleMs: number
  /** Documents on one page of a list. */
  readonly listPage: number
  /** A request to the control port: one document, or the catalog of a backup (about 100 bytes a document). */
  readonly controlBytes: number
}

const KiB = 1024
const MiB = 1024 * KiB

/** The defaults. A server may be configured with others and tells its clients those that concern them. */
export const limits: Limits = {
  ...clientLimits,
  presenceClients: 2_000,
  tokenLength: 8_192,
  jwksTimeoutMs: 5_000,
  jwksCooldownMs: 30_000,
  jwksCacheMs: 600_000,
  tlsWatchMs: 2_000,
  waitingRenewals: 4,
  accessPeople: 500,
  shareLinks: 100,
  trailEntries: 500,
  waitingAccessChanges: 16,
  waitingAccessChangesInAll: 256,
  passwordTries: 10,
  passwordWindowMs: 60_000,
  passwordGuessers: 10_000,
  passwordChecks: 2,
  // A second of waiting, for a class behind one address...
  waitingPasswords: 8,
  // ...and three for everybody.
  waitingPasswordsInAll: 64,
  subjectLength: 200,
  nameLength: 100,
  pendingUpdates: 20_000,
  tailBytes: 512 * KiB,
  pageBytes: 512 * KiB,
  readerBufferBytes: 256 * KiB,
  stalledReaderMs: 30_000,
  readersPerRoom: 10_000,
  waitingMessages: 1_024,
  updateItems: 500_000,
  jsonParts: 15_000,
  crossings: 100_000,
  updateClients: 20_000,
  collectedClocks: 10_000_000,
  keyBytes: 256,
  anyDepth: 32,
  typeDepth: 200,
  unsortedDeletes: 10_000,
  idleRoomMs: 30_000,
  crowdedPresenceIntervalMs: 100,
  crowdedRoom: 100,
  silentConnectionMs: 60_000,
  pollSpreadMs: 3_000,
  pollPresenceMs: 250,
  pollBytes: 512 * KiB,
  streamMs: 300_000,
  leaseMs: 30_000,
  goneMs: 60_000,
  postBytes: 16 * MiB + 64 * KiB,
  clientKeyLength: 64,
  doctorProbes: 64,
  eventStreamMs: 60_000,
  producers: 20_000,
  waitingProducerRequests: 64,
  producerGaps: 8,
  producerIdLength: 512,
  presenceStreams: 1_000,
  presenceStreamsPerDocument: 16,
  presenceStreamBytes: 64 * KiB,
  presenceStreamIdleMs: 3_600_000,
  presenceNameLength: 64,
  preflightMs: 600_000,
  headersMs: 10_000,
  connections: 50_000,
  connectionsPerAddress: 10_000,
  connectionsPerSubject: 200,
  requestsPerWindow: 20_000,
  requestWindowMs: 10_000,
  messagesPerSecond: 1_000,
  messageBurst: 30_000,
  presenceWeight: 10,
  bytesPerSecond: 4 * MiB,
  byteBurst: 64 * MiB,
  paces: 20_000,
  // Of ours at most `inFlightUpdates` are on their way when a right to write ends.
  refusedUpdates: 2_000,
  refusalWindowMs: 60_000,
  documentsPerWindow: 2_000,
  documentWindowMs: 600_000,
  sources: 20_000,
  quarantineUpdates: 1_000,
  quarantineBytes: 16 * MiB,
  quarantineUpdatesOfDocument: 50,
  quarantineBytesOfDocument: 2 * MiB,
  quarantineUpdateBytes: 128 * KiB,
  quarantinedBySource: 10,
  quarantinedInWindow: 60,
  quarantineWindowMs: 60_000,
  waitingQuarantine: 32,
  loopDelayMs: 2_000,
  drainMs: 8_000,
  drainSpreadMs: 5_000,
  compactionBytes: 256 * KiB,
  compactionEntries: 2_000,
  chunkBytes: 256 * KiB,
  commitRows: 5_000,
  commitsPerSecond: 100,
  commitBurst: 20,
  commitBytes: 4 * MiB,
  waitingCommitBytes: 64 * MiB,
  openHeads: 20_000,
  reopenMs: 1_000,
  reopenBytes: 8 * MiB,
  damagedDocuments: 10_000,
  highWaterMs: 1_000,
  ledgerPendingBytes: MiB,
  ledgerCoversBytes: 64 * MiB,
  tablesNotedAtOnce: 64,
  tablesNotedEachTime: 1,
  compactionReadBytes: 64 * MiB,
  compactionsAtOnce: 2,
  firstLineMs: 5_000,
  firstLineBytes: 1 * MiB,
  firstLineLength: 120,
  waitingFirstLines: 1_000,
  waitingCompactions: 1_000,
  inlineUpdateBytes: 64 * KiB,
  threadJobs: 256,
  threadJobMs: 60_000,
  heavyJobBytes: 1 * MiB,
  contentBytes: 4 * MiB,
  contentStateBytes: 64 * MiB,
  contentBlocks: 20_000,
  contentRuns: 200_000,
  contentDepth: 200,
  contentThreads: 2,
  contentHeapBytes: 512 * MiB,
  contentJobs: 32,
  contentEdits: 64,
  contentJobMs: 30_000,
  contentIdleMs: 60_000,
  listPage: 100,
  controlBytes: 256 * MiB,
}
