import { OPCODE } from '../wire/opcode.ts'
import { append } from './append.ts'
import { getCollectionId, getCollectionsManifest, getScopeId } from './collection-operations.ts'
import {
  administration,
  getClusterConfig,
  getErrorMap,
  noop,
  quit,
  retired,
  selectBucket,
  version,
} from './connection-operations.ts'
import { counter } from './counter.ts'
import {
  dcpBufferAcknowledgement,
  dcpCloseStream,
  dcpControl,
  dcpGetFailoverLog,
  dcpNoop,
  dcpOpen,
  dcpStreamRequest,
} from './dcp-operations.ts'
import { remove } from './delete.ts'
import { getMeta } from './get-meta.ts'
import { get } from './get.ts'
import { hello } from './hello.ts'
import { getLocked, unlock } from './lock.ts'
import type { Operation } from './operation.ts'
import { saslAuth, saslListMechanisms, saslStep } from './sasl.ts'
import { store } from './store.ts'
import { subdocLookup, subdocMultiLookup } from './subdoc-lookup.ts'
import { subdocMultiMutation, subdocMutation } from './subdoc-mutation.ts'
import { getAndTouch, touch } from './touch.ts'
import { getAllVbucketSeqnos, getFailoverLog, observeSeqno } from './vbucket-operations.ts'

const isQuiet = true

/** Every operation that is served, by its number. */
export const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [OPCODE.hello, hello],
  [OPCODE.saslListMechanisms, saslListMechanisms],
  [OPCODE.saslAuth, saslAuth],
  [OPCODE.saslStep, saslStep],
  [OPCODE.getErrorMap, getErrorMap],
  [OPCODE.selectBucket, selectBucket],
  [OPCODE.getClusterConfig, getClusterConfig],
  [OPCODE.noop, noop],
  [OPCODE.version, version],
  [OPCODE.quit, quit],
  [OPCODE.quitQuietly, quit],

  [OPCODE.getCollectionId, getCollectionId],
  [OPCODE.getScopeId, getScopeId],
  [OPCODE.getCollectionsManifest, getCollectionsManifest],

  [OPCODE.get, get('GET')],
  [OPCODE.getQuietly, get('GETQ', { isQuiet })],
  [OPCODE.getWithKey, get('GETK', { withKey: true })],
  [OPCODE.getWithKeyQuietly, get('GETKQ', { withKey: true, isQuiet })],
  [OPCODE.set, store('SET', 'set')],
  [OPCODE.setQuietly, store('SETQ', 'set', { isQuiet })],
  [OPCODE.add, store('ADD', 'add')],
  [OPCODE.addQuietly, store('ADDQ', 'add', { isQuiet })],
  [OPCODE.replace, store('REPLACE', 'replace')],
  [OPCODE.replaceQuietly, store('REPLACEQ', 'replace', { isQuiet })],
  [OPCODE.delete, remove('DELETE')],
  [OPCODE.deleteQuietly, remove('DELETEQ', { isQuiet })],
  [OPCODE.append, append('APPEND', 'end')],
  [OPCODE.appendQuietly, append('APPENDQ', 'end', { isQuiet })],
  [OPCODE.prepend, append('PREPEND', 'front')],
  [OPCODE.prependQuietly, append('PREPENDQ', 'front', { isQuiet })],
  [OPCODE.increment, counter('INCREMENT', 'up')],
  [OPCODE.incrementQuietly, counter('INCREMENTQ', 'up', { isQuiet })],
  [OPCODE.decrement, counter('DECREMENT', 'down')],
  [OPCODE.decrementQuietly, counter('DECREMENTQ', 'down', { isQuiet })],
  [OPCODE.touch, touch],
  [OPCODE.getAndTouch, getAndTouch('GAT')],
  [OPCODE.getAndTouchQuietly, getAndTouch('GATQ', { isQuiet })],
  [OPCODE.getLocked, getLocked],
  [OPCODE.unlock, unlock],
  [OPCODE.getMeta, getMeta],

  [OPCODE.subdocMultiLookup, subdocMultiLookup],
  [OPCODE.subdocGet, subdocLookup('SUBDOC_GET', OPCODE.subdocGet)],
  [OPCODE.subdocExists, subdocLookup('SUBDOC_EXISTS', OPCODE.subdocExists)],
  [OPCODE.subdocGetCount, subdocLookup('SUBDOC_GET_COUNT', OPCODE.subdocGetCount)],
  [OPCODE.subdocMultiMutation, subdocMultiMutation],
  [OPCODE.subdocDictAdd, subdocMutation('SUBDOC_DICT_ADD', OPCODE.subdocDictAdd)],
  [OPCODE.subdocDictUpsert, subdocMutation('SUBDOC_DICT_UPSERT', OPCODE.subdocDictUpsert)],
  [OPCODE.subdocDelete, subdocMutation('SUBDOC_DELETE', OPCODE.subdocDelete)],
  [OPCODE.subdocReplace, subdocMutation('SUBDOC_REPLACE', OPCODE.subdocReplace)],
  [OPCODE.subdocArrayPushLast, subdocMutation('SUBDOC_ARRAY_PUSH_LAST', OPCODE.subdocArrayPushLast)],
  [OPCODE.subdocArrayPushFirst, subdocMutation('SUBDOC_ARRAY_PUSH_FIRST', OPCODE.subdocArrayPushFirst)],
  [OPCODE.subdocArrayInsert, subdocMutation('SUBDOC_ARRAY_INSERT', OPCODE.subdocArrayInsert)],
  [OPCODE.subdocArrayAddUnique, subdocMutation('SUBDOC_ARRAY_ADD_UNIQUE', OPCODE.subdocArrayAddUnique)],
  [OPCODE.subdocCounter, subdocMutation('SUBDOC_COUNTER', OPCODE.subdocCounter)],

  [OPCODE.observeSeqno, observeSeqno],
  [OPCODE.getAllVbucketSeqnos, getAllVbucketSeqnos],
  [OPCODE.getFailoverLog, getFailoverLog],

  [OPCODE.dcpOpen, dcpOpen],
  [OPCODE.dcpControl, dcpControl],
  [OPCODE.dcpStreamRequest, dcpStreamRequest],
  [OPCODE.dcpCloseStream, dcpCloseStream],
  [OPCODE.dcpGetFailoverLog, dcpGetFailoverLog],
  [OPCODE.dcpBufferAcknowledgement, dcpBufferAcknowledgement],
  [OPCODE.dcpNoop, dcpNoop],

  [OPCODE.flush, administration('FLUSH', 'BucketManagement')],
  [OPCODE.scrub, administration('SCRUB', 'NodeManagement')],
  ...[0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c].map(
    opcode => [opcode, retired('RGET')] as const,
  ),
  ...[0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47].map(opcode => [opcode, retired('TAP')] as const),
])
