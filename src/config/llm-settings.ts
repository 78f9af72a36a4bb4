import { z } from "zod";
import { setting, whole } from "./setting.ts";
import { hostList, key32, plainUrl, price, urlOf } from "./setting-types.ts";

/** What agents think with: their language model, and what they may read. */
export const llmSettings = {
  llmBaseUrl: setting("LLM_BASE_URL", urlOf(["http:", "https:"], plainUrl).optional(), {
    about:
      "The language model that agents ask: an OpenAI-compatible endpoint, up to and with the version. Without it, and without " +
      "models of their microDAO, agents answer offline by repeating the question.",
    write: "an http or https URL without credentials, such as https://api.example.org/v1",
    example: "http://127.0.0.1:11434/v1",
  }),
  llmApiKey: setting(
    "LLM_API_KEY",
    z
      .string()
      .regex(/^[\x21-\x7e]{1,4096}$/)
      .optional(),
    {
      about: "The key for that endpoint, if it wants one.",
      write: "printable ASCII characters without spaces",
      example: "",
      secret: "all",
    },
  ),
  llmModel: setting(
    "LLM_MODEL",
    z
      .string()
      .regex(/^\P{C}{1,200}$/u)
      .optional(),
    {
      about: "The endpoint's name of the model that agents ask whose model is `default`.",
      write: "1 to 200 printable characters",
      example: "llama3.2",
    },
  ),
  llmInputPrice: setting("LLM_INPUT_PRICE", price.optional(), {
    about: "US dollars for a million tokens that this model reads. With it, runs say what they cost.",
    write: "a number such as 0.15",
    example: "0.15",
  }),
  llmOutputPrice: setting("LLM_OUTPUT_PRICE", price.optional(), {
    about: "US dollars for a million tokens that this model writes.",
    write: "a number such as 0.6",
    example: "0.6",
  }),
  llmContextTokens: setting("LLM_CONTEXT_TOKENS", whole(500, 1_000_000).default(6_000), {
    about: "How much of a talk a model is shown, in tokens, as estimates.",
    write: "a whole number from 500 to 1000000",
    example: "6000",
  }),
  fetchAllowHosts: setting("FETCH_ALLOW_HOSTS", hostList.default([]), {
    about:
      "Hosts that agents may read with `fetch_url` although they are not on the public internet or use another port.",
    write: "hosts, with a port or without, separated by commas, such as wiki.internal:8080",
    example: "",
    derived: "none",
  }),
  secretsKekOld: setting("SECRETS_KEK_OLD", key32.optional(), {
    about:
      "The SECRETS_KEK before this one: what was sealed with it can still be opened. Access keys are bound to SECRETS_KEK alone.",
    write: "32 bytes in base64",
    example: "",
    secret: "all",
  }),
} as const;
