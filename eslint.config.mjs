import comments from "@eslint-community/eslint-plugin-eslint-comments/configs";
import unicorn from "eslint-plugin-unicorn";
import tseslint from "typescript-eslint";

const environment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: "Read the environment in src/config only.",
};
const banned = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "Take the time from tx.now or a Clock.",
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: "Take the time from tx.now or a Clock.",
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: "Take randomness from kernel/random.",
  },
  { selector: "ExportDefaultDeclaration", message: "Export by name." },
  { selector: "TSEnumDeclaration", message: "Use a union of string literals." },
  {
    selector: "ThrowStatement > NewExpression[callee.name='Error']",
    message: "Throw a declared error, or kernel's bug().",
  },
];

export default tseslint.config(
  { ignores: ["src/db/generated/", "node_modules/", ".data/", "packages/client/src/openapi.ts", "**/*.mjs"] },
  ...tseslint.configs.strictTypeChecked,
  comments.recommended,
  {
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { unicorn },
    rules: {
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", 4],
      "max-depth": ["error", 3],
      complexity: ["error", 10],
      "no-console": "error",
      "no-restricted-syntax": ["error", environment, ...banned],
      "unicorn/filename-case": ["error", { case: "kebabCase" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@eslint-community/eslint-comments/require-description": "error",
    },
  },
  {
    files: ["src/{kernel,config,db,domain,outbox,jobs,http}/**"],
    rules: {
      "no-restricted-globals": [
        "error",
        { name: "fetch", message: "Talk to the outside from src/adapters or src/matrix." },
      ],
    },
  },
  { files: ["src/config/**"], rules: { "no-restricted-syntax": ["error", ...banned] } },
  { files: ["src/kernel/{clock,random,errors}.ts"], rules: { "no-restricted-syntax": "off" } },
  // The client runs in programs of others: it has no clock, no randomness and no errors of ours.
  { files: ["packages/**"], rules: { "no-restricted-syntax": ["error", ...banned.slice(-3, -1)] } },
  {
    // Measuring programs, scripts and tests stand outside the product: they read the clock and the environment.
    files: ["**/*.test.ts", "test/**", "bench/**", "scripts/**", "examples/**", "*.config.ts"],
    rules: {
      "max-lines": ["error", { max: 500, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": "off",
      "no-restricted-syntax": "off",
      "no-restricted-globals": "off",
      "no-console": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
);
