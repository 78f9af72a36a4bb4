// What the image's HEALTHCHECK runs: 0 while the bridge answers. There is no curl in the image.
const url = `http://127.0.0.1:${process.env.PORT || 9009}/health`;
const healthy = await fetch(url, { signal: AbortSignal.timeout(4000) }).then(
  (reply) => reply.ok,
  () => false,
);
process.exit(healthy ? 0 : 1);
