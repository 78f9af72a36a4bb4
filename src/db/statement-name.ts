import { hash } from "node:crypto";

/** The name under which a connection keeps a statement; undefined when it is not to keep any. */
export type NameStatement = (sql: string) => string | undefined;

/** Names statements by their text: the texts of the bridge are few, whatever their parameters. */
export function nameStatements(): NameStatement {
  const names = new Map<string, string>();
  return (sql) => {
    let name = names.get(sql);
    if (name === undefined) {
      name = hash("sha1", sql, "base64url");
      names.set(sql, name);
    }
    return name;
  };
}
