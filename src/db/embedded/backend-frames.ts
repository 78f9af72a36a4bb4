/** What the database answers, as far as the socket server must understand or make it. */

const header = 5;

/** A message of the database: letter, length, body. */
export function backendFrame(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(header);
  head.write(type, 0, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** An error that ends the connection, as a PostgreSQL server words it. */
export function fatalError(code: string, message: string): Buffer {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`;
  return backendFrame("E", Buffer.from(fields, "utf8"));
}

/** Asks the client for its password in the clear; the socket never leaves the loopback interface. */
export const passwordRequest = backendFrame("R", Buffer.from([0, 0, 0, 3]));

/**
 * Follows an answer and remembers how its last ReadyForQuery ended: "I" idle, "T" in a transaction, "E" in a failed
 * one. Undefined: the answer has no ReadyForQuery, so the client is not done with the database.
 */
export function transactionStatus(answer: Buffer): string | undefined {
  let status: string | undefined;
  let offset = 0;
  while (offset + header <= answer.length) {
    if (answer[offset] === 0x5a) status = String.fromCharCode(answer[offset + header] ?? 0);
    offset += 1 + answer.readInt32BE(offset + 1);
  }
  return status;
}
