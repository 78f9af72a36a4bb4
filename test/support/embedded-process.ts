/** A process of its own with an embedded database in the directory that its argument names; prints what it got. */
import { startEmbeddedDatabase } from "../../src/db/embedded/index.ts";
import { silentLog } from "../../src/kernel/log.ts";

const database = await startEmbeddedDatabase({ directory: process.argv[2] ?? "", log: silentLog });
console.log(JSON.stringify({ url: database.url, isOwner: database.isOwner }));
process.stdin.on("end", () => void database.close()).resume();
