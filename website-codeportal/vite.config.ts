import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { CONTENT_SECURITY_POLICY } from "./policy.ts";

const API = process.env.CODEPORTAL_API ?? "http://127.0.0.1:8080";
/** Paths that the API answers; everything else is a page of the portal. */
const API_PATHS = ["/v1", "/health", "/openapi.json", "/metrics"];
/** The faces that every page shows first: told to the browser at once, so that no text changes its width later. */
const FIRST_FONTS = /(hanken-grotesk|geist-mono)-latin-wght-normal-.*\.woff2$/;

// The API checks that the Origin of unsafe requests is its own host, so the proxy keeps the browser's Host header.
const proxy = Object.fromEntries(API_PATHS.map((path) => [path, { target: API, changeOrigin: false }]));

function preloadFonts(): Plugin {
  return {
    name: "preload-fonts",
    transformIndexHtml: {
      order: "post",
      handler(_html, context) {
        return Object.keys(context.bundle ?? {})
          .filter((file) => FIRST_FONTS.test(file))
          .map((file) => ({
            tag: "link",
            attrs: { rel: "preload", as: "font", type: "font/woff2", href: `/${file}`, crossorigin: "" },
            injectTo: "head" as const,
          }));
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), preloadFonts()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  server: { host: "127.0.0.1", port: 5173, proxy },
  preview: {
    host: "127.0.0.1",
    port: 4173,
    proxy,
    headers: { "Content-Security-Policy": CONTENT_SECURITY_POLICY },
  },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, manifest: true },
  test: { restoreMocks: true },
});
