import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { explain } from "@/shared/api/problem";
import { CodeSample } from "@/shared/design/CodeSample";
import { Notice } from "@/shared/design/Notice";
import { SkeletonRows } from "@/shared/design/Skeleton";
import { Page } from "@/shared/site/Page";
import styles from "./Docs.module.css";
import { EndpointView } from "./EndpointView";
import { Properties } from "./Properties";
import { groupsOf, readDocument, type Document } from "./openapi";
import { STARTING } from "./starting";

/** The API's reference, made of the document that the server describes itself with. */
export function Docs() {
  const { data, error } = useQuery({
    queryKey: ["openapi"],
    queryFn: ({ signal }) => readDocument(signal),
    staleTime: Infinity,
  });
  return (
    <Page title="API">
      <div className={styles.docs}>
        <Contents document={data} />
        <div className={styles.text}>
          <h1>The API</h1>
          <p className={styles.lead}>
            JSON over HTTP. Submit a program, get a job’s id at once, and poll, wait or listen for the result. This page
            is made of <a href="/openapi.json">/openapi.json</a>, which describes the server that you see.
          </p>
          <CodeSample label="Starting" samples={STARTING} />
          {error !== null && <Notice kind="danger">{explain(error)}</Notice>}
          {data === undefined && error === null && (
            <SkeletonRows rows={8} height="4rem" label="Loading the reference" />
          )}
          {data !== undefined && <Reference document={data} />}
        </div>
      </div>
    </Page>
  );
}

function Contents({ document }: { document: Document | undefined }) {
  return (
    <nav className={styles.contents} aria-label="Contents">
      {document !== undefined &&
        groupsOf(document).map((group) => (
          <div key={group.name}>
            <p>{group.name}</p>
            <ul>
              {group.endpoints.map(({ operation }) => (
                <li key={operation.operationId}>
                  <a href={`#${operation.operationId}`}>{operation.summary ?? operation.operationId}</a>
                </li>
              ))}
            </ul>
          </div>
        ))}
    </nav>
  );
}

function Reference({ document }: { document: Document }) {
  useEffect(() => {
    // The browser looked for the address's place before there was one.
    const place = decodeURIComponent(location.hash.slice(1));
    if (place !== "") window.document.getElementById(place)?.scrollIntoView();
  }, []);
  return (
    <>
      {groupsOf(document).map((group) => (
        <section key={group.name} className={styles.group} aria-label={group.name}>
          <h2>{group.name}</h2>
          {group.endpoints.map((endpoint) => (
            <EndpointView key={endpoint.operation.operationId} endpoint={endpoint} document={document} />
          ))}
        </section>
      ))}
      <section className={styles.group} aria-labelledby="schemas">
        <h2 id="schemas">Schemas</h2>
        {Object.entries(document.components.schemas).map(([name, schema]) => (
          <div key={name} className={styles.schema} id={`schema-${name}`}>
            <h3>{name}</h3>
            {schema.description !== undefined && <p>{schema.description}</p>}
            <Properties schema={schema} />
          </div>
        ))}
      </section>
    </>
  );
}
