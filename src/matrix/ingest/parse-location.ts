import type { Content } from "../../domain/messaging/index.ts";
import { type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";
import { compact } from "./compact.ts";
import { mentionFields } from "./parse-mentions.ts";
import { previewOf } from "./preview.ts";

const longestUri = 255;
const number = String.raw`-?\d{1,20}(?:\.\d{1,20})?`;
const geoPattern = new RegExp(`^geo:(${number}),(${number})(?:,(${number}))?((?:;[\x21-\x7e]*)?)$`, "i");

/** A place. What is no place is only its text. Source: client-server API, `m.location`; MSC3488. */
export function locationContent(content: JsonObject, text: string): Content {
  const described = objectAt(content, "org.matrix.msc3488.location") ?? objectAt(content, "m.location");
  const uri = stringAt(content, "geo_uri") ?? stringAt(described, "uri");
  const description = previewOf(stringAt(described, "description") ?? "");
  return {
    kind: "location",
    preview: previewOf(text) || description || "location",
    metadata: compact({
      ...(uri !== undefined && placeOf(uri)),
      description: description || undefined,
      ...mentionFields(content),
    }),
  };
}

/** The parts of a `geo:` URI in WGS-84 (RFC 5870): degrees, and metres for altitude and uncertainty. */
export function placeOf(uri: string): Record<string, unknown> {
  const [, lat, lon, alt, parameters = ""] = (uri.length <= longestUri && geoPattern.exec(uri)) || [];
  const latitude = Number(lat);
  const longitude = Number(lon);
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return {};
  const [, uncertainty] = /;u=(\d{1,20}(?:\.\d{1,20})?)(?:;|$)/i.exec(parameters) ?? [];
  return compact({
    geo_uri: uri,
    latitude,
    longitude,
    altitude_m: alt === undefined ? undefined : Number(alt),
    uncertainty_m: uncertainty === undefined ? undefined : Number(uncertainty),
  });
}
