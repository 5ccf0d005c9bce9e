import styles from "./Docs.module.css";
import { Properties } from "./Properties";
import { TypeView } from "./TypeView";
import { nameOf, resolved, type Document, type Endpoint, type Parameter, type Schema } from "./openapi";

export function EndpointView({ endpoint, document }: { endpoint: Endpoint; document: Document }) {
  const { method, path, operation } = endpoint;
  const body = Object.values(operation.requestBody?.content ?? {})[0];
  return (
    <article className={styles.endpoint} id={operation.operationId}>
      <h3>{operation.summary ?? operation.operationId}</h3>
      <p className={styles.address}>
        <span className={styles.method} data-method={method}>
          {method.toUpperCase()}
        </span>{" "}
        <code>{path}</code>
      </p>
      {operation.description !== undefined && <p>{operation.description}</p>}
      {(operation.parameters?.length ?? 0) > 0 && <Parameters parameters={operation.parameters ?? []} />}
      {body?.schema !== undefined && (
        <>
          <h4>Body</h4>
          <Properties schema={body.schema.$ref === undefined ? body.schema : named(document, body.schema.$ref)} />
        </>
      )}
      {body?.example !== undefined && <Example value={body.example} />}
      <h4>Answers</h4>
      <Answers endpoint={endpoint} document={document} />
    </article>
  );
}

function named(document: Document, reference: string): Schema {
  return document.components.schemas[nameOf(reference)] ?? {};
}

function Parameters({ parameters }: { parameters: readonly Parameter[] }) {
  return (
    <>
      <h4>Parameters</h4>
      <dl className={styles.properties}>
        {parameters.map((parameter) => (
          <div key={`${parameter.in} ${parameter.name}`}>
            <dt>
              <code>{parameter.name}</code> <TypeView schema={parameter.schema ?? {}} />
              <span className={styles.aside}> {parameter.in}</span>
            </dt>
            {parameter.description !== undefined && <dd>{parameter.description}</dd>}
          </div>
        ))}
      </dl>
    </>
  );
}

function Answers({ endpoint, document }: { endpoint: Endpoint; document: Document }) {
  const answers = Object.entries(endpoint.operation.responses).map(
    ([status, response]) => [status, resolved(document, response)] as const,
  );
  const example = answers
    .filter(([status]) => status.startsWith("2"))
    .flatMap(([, { content }]) => Object.values(content ?? {}).map((each) => each.example))
    .find((each) => each !== undefined);
  return (
    <>
      <dl className={styles.answers}>
        {answers.map(([status, response]) => (
          <div key={status}>
            <dt data-kind={status.charAt(0)}>{status}</dt>
            <dd>
              {response.description}{" "}
              {Object.values(response.content ?? {}).map((content, at) => (
                <TypeView key={at} schema={content.schema ?? {}} onlyNamed />
              ))}
            </dd>
          </div>
        ))}
      </dl>
      {example !== undefined && <Example value={example} />}
    </>
  );
}

function Example({ value }: { value: unknown }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <details className={styles.example}>
      <summary>Example</summary>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- else it cannot be scrolled by keyboard */}
      <pre tabIndex={0} role="region" aria-label="Example">
        {text}
      </pre>
    </details>
  );
}
