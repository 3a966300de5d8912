import { type Frame, datatypes } from './frame.ts'
import { malformed } from './shape.ts'

/**
 * The document in the value of a message: a view, without the extended attributes that may stand before it (datatype bit
 * 4: u32 length of them, then they).
 * @throws MalformedMessageError when it is compressed, which was not negotiated, or the attributes are longer than it all
 */
export function documentBodyOf(frame: Frame): Buffer {
  const { bytes, datatype, valueStart } = frame
  if ((datatype & datatypes.snappy) !== 0) throw malformed(frame, 'A value is compressed, which was not negotiated.')
  if ((datatype & datatypes.xattr) === 0) return bytes.subarray(valueStart)
  if (bytes.length < valueStart + 4) throw malformed(frame, 'A value with extended attributes does not hold them.')
  const bodyStart = valueStart + 4 + bytes.readUInt32BE(valueStart)
  if (bodyStart > bytes.length) throw malformed(frame, 'The extended attributes are longer than the value.')
  return bytes.subarray(bodyStart)
}
