import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import { importX } from "eslint-plugin-import-x";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import { readdirSync } from "node:fs";
import globals from "globals";
import typescript from "typescript-eslint";

// app -> features -> shared; a feature knows no other feature.
const features = readdirSync("src/features");
const zones = [
  { target: "./src/shared", from: ["./src/features", "./src/app"], message: "shared code knows no feature." },
  { target: "./src/features", from: "./src/app", message: "features know nothing of the app around them." },
  ...features.map((feature) => ({
    target: `./src/features/${feature}`,
    from: "./src/features",
    except: [`./${feature}`],
    message: "features do not import each other: move what both need to shared.",
  })),
];

export default typescript.config(
  { ignores: ["dist", "node_modules"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "react-hooks": hooks, "jsx-a11y": a11y, "import-x": importX },
    settings: { "import-x/resolver-next": [createTypeScriptImportResolver()] },
    rules: {
      ...hooks.configs.recommended.rules,
      ...a11y.flatConfigs.strict.rules,
      "import-x/no-restricted-paths": ["error", { zones }],
      "import-x/no-cycle": "error",
      "import-x/no-default-export": "error",
      "import-x/order": [
        "error",
        {
          alphabetize: { order: "asc" },
          groups: ["builtin", "external", "internal", "parent", "sibling", "index"],
          "newlines-between": "never",
          pathGroups: [{ pattern: "@/**", group: "internal" }],
          pathGroupsExcludedImportTypes: ["builtin"],
        },
      ],
      "@typescript-eslint/method-signature-style": "error",
      "no-restricted-imports": [
        "error",
        { paths: [{ name: "zod", message: "Use @/shared/api/zod, which the policy allows." }] },
      ],
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
      // Output of programs, answers of servers: none of it ever becomes HTML.
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Text is never HTML here." },
        { selector: "MemberExpression[property.name=/^(innerHTML|outerHTML)$/]", message: "Text is never HTML here." },
      ],
      // Numbers in texts are the point of half of our pages.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  { files: ["*.config.ts"], rules: { "import-x/no-default-export": "off" } },
  { files: ["scripts/**", "eslint.config.js"], languageOptions: { globals: globals.node } },
  { files: ["public/**"], languageOptions: { globals: globals.browser, sourceType: "script" } },
  prettier,
);
