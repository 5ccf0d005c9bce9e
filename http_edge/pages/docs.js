"use strict";

const CODE_EXAMPLE = [
  `curl -s '${location.origin}/v1/execute?wait=5s' -H 'Content-Type: application/json' \\`,
  `  -d '{"language": "python", "code": "print(6 * 7)"}'`,
].join("\n");

/** An element with attributes and children; text is always text, never markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function schemaName(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(schemaName).join(" or ");
  if (schema.enum) return schema.enum.join(", ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `array of ${schemaName(schema.items)}`;
  if (schema.properties) return `object with ${Object.keys(schema.properties).join(", ")}`;
  return schema.format ?? schema.type ?? "any";
}

function table(rows) {
  const body = rows.map(([name, type, text]) =>
    element("tr", {}, element("th", { scope: "row" }, element("code", {}, name)), element("td", {}, type),
      element("td", { class: "quiet" }, text ?? "")));
  return element("table", {}, element("tbody", {}, ...body));
}

function parameters(operation) {
  return (operation.parameters ?? []).map((parameter) =>
    [parameter.name, `${schemaName(parameter.schema)} in ${parameter.in}`, parameter.description]);
}

function responses(operation, document) {
  return Object.entries(operation.responses).map(([status, response]) => {
    const whole = response.$ref ? document.components.responses[response.$ref.split("/").pop()] : response;
    const [media, content] = Object.entries(whole.content ?? {})[0] ?? ["", {}];
    const headers = Object.keys(whole.headers ?? {}).map((name) => `; header ${name}`).join("");
    return [status, `${schemaName(content.schema)}${media === "application/problem+json" ? " (RFC 9457)" : ""}`, whole.description + headers];
  });
}

function operationView(path, method, operation, document) {
  const content = element("div", {});
  const body = operation.requestBody?.content["application/json"];
  if (body) content.append(element("h3", {}, `Body: ${schemaName(body.schema)}`),
    element("pre", {}, element("code", {}, JSON.stringify(body.example, null, 2))));
  if (operation.parameters) content.append(element("h3", {}, "Parameters"), table(parameters(operation)));
  content.append(element("h3", {}, "Answers"), table(responses(operation, document)));
  const example = operation.responses["200"]?.content["application/json"].example;
  if (example) content.append(element("h3", {}, "An answer"),
    element("pre", {}, element("code", {}, JSON.stringify(example, null, 2))));
  const summary = element("summary", {}, element("span", { class: "method" }, method), element("code", {}, path),
    element("span", { class: "quiet" }, operation.summary));
  return element("details", {}, summary, content);
}

function schemaView(name, schema) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([field, property]) =>
    [field, schemaName(property), [required.has(field) ? "" : "optional", property.description ?? ""].filter(Boolean).join("; ")]);
  return element("details", {}, element("summary", {}, element("code", {}, name)), element("div", {}, table(rows)));
}

function show(document_) {
  document.getElementById("description").textContent = document_.info.description;
  const operations = Object.entries(document_.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationView(path, method, operation, document_)));
  operations[0].open = true;
  document.getElementById("operations").replaceChildren(element("h2", {}, "Requests"), ...operations);
  document.getElementById("schemas").replaceChildren(element("h2", {}, "Objects"),
    ...Object.entries(document_.components.schemas).map(([name, schema]) => schemaView(name, schema)));
}

document.getElementById("example").textContent = CODE_EXAMPLE;
fetch("/openapi.json")
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`status ${answer.status}`))))
  .then(show)
  .catch((error) => {
    document.getElementById("description").textContent = `The description could not be loaded: ${error.message}`;
  });
