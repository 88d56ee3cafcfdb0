// What eslint checks in the page's scripts: its own recommended rules, and those below that find real faults. prettier
// has the say about form, and tsc (tsconfig.json) about types.

import js from "@eslint/js";
import globals from "globals";

// What a person or the model wrote reaches the page as text, and the server's drawings through svgFrom of dom.js.
const MARKUP = {
  selector: "MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment)$/]",
  message: "Use textContent, or svgFrom of dom.js.",
};

export default [
  { ignores: ["**/.*/", "build/"] }, // .venv has scripts of others, build/ copies of ours
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    rules: {
      "array-callback-return": "error",
      "consistent-return": "error",
      curly: ["error", "multi-line", "consistent"], // a body on a line of its own has braces, and its else then, too
      "default-param-last": "error",
      eqeqeq: "error",
      "no-constructor-return": "error",
      "no-duplicate-imports": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-restricted-syntax": ["error", MARKUP],
      "no-self-compare": "error",
      "no-shadow": "error",
      "no-template-curly-in-string": "error",
      "no-throw-literal": "error",
      "no-unmodified-loop-condition": "error",
      "no-unreachable-loop": "error",
      "no-unused-expressions": "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { files: ["charrnn/**/*.js"], languageOptions: { globals: globals.browser } },
];
