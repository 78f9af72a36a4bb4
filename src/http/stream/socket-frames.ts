/** Opcodes of RFC 6455 §5.2. */
export const opcodes = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** A frame that a client sent, unmasked. */
export interface SocketFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** What a client did that the protocol forbids, by the code to close with (RFC 6455 §7.4.1). */
export interface SocketFault {
  readonly closeCode: 1002 | 1009;
}

/** Readers of a stream have nothing to say: what they send is read and left, and may not be large. */
const largestPayload = 4_096;
const largestControl = 125;

/** A frame as servers send it: whole, not masked. */
export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = length < 126 ? Buffer.alloc(2) : Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = 0x80 | opcode;
  if (length < 126) header[1] = length;
  else if (length < 65_536) {
    header[1] = 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, payload]);
}

/** Puts the bytes of a connection together to frames. Gives a fault once and then nothing any more. */
export function createFrameReader(): (chunk: Buffer) => { frames: SocketFrame[]; fault?: SocketFault } {
  let rest: Buffer = Buffer.alloc(0);
  let isBroken = false;
  return (chunk) => {
    const frames: SocketFrame[] = [];
    if (isBroken) return { frames };
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const read = readFrame(rest);
      if (read === undefined) return { frames };
      if ("closeCode" in read) {
        isBroken = true;
        rest = Buffer.alloc(0);
        return { frames, fault: read };
      }
      frames.push(read.frame);
      rest = rest.subarray(read.length);
    }
  };
}

/** The first frame of some bytes; undefined when it is not whole yet. */
function readFrame(bytes: Buffer): { frame: SocketFrame; length: number } | SocketFault | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const opcode = first & 0x0f;
  if (!isLegal(first, second, opcode)) return { closeCode: 1002 };
  const size = sizeOf(bytes, second & 0x7f);
  if (size === undefined || "closeCode" in size) return size;
  const { start, length } = size;
  const end = start + length;
  if (bytes.length < end) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = bytes.subarray(start, end).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return { frame: { opcode, payload: Buffer.from(payload) }, length: end };
}

/** Where the payload starts, behind the mask, and how long it is. */
function sizeOf(
  bytes: Buffer,
  announced: number,
): { start: number; length: number } | SocketFault | undefined {
  // 127 announces 64 KiB or more.
  if (announced === 127) return { closeCode: 1009 };
  if (announced < 126) return { start: 6, length: announced };
  if (bytes.length < 4) return undefined;
  const length = bytes.readUInt16BE(2);
  return length > largestPayload ? { closeCode: 1009 } : { start: 8, length };
}

/** No extension is agreed on, clients mask (§5.1), control frames are short and whole (§5.5). */
function isLegal(first: number, second: number, opcode: number): boolean {
  const hasReservedBits = (first & 0x70) !== 0;
  const isMasked = (second & 0x80) !== 0;
  if (hasReservedBits || !isMasked) return false;
  const isControl = opcode >= 0x8;
  if (isControl) return opcode <= 0xa && (first & 0x80) !== 0 && (second & 0x7f) <= largestControl;
  return opcode <= 0x2;
}
