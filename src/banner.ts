/** What a person sees after `npm start`: commands that can be pasted as they are. */
export interface BannerFacts {
  readonly serverUrl: string;
  readonly cloudUrl: string;
  readonly edgeUrl: string;
  readonly dataDir: string;
  readonly demo: { readonly olderDeploymentId: string; readonly newerDeploymentId: string; readonly distributionDomain: string };
  /** How callers are recognised. */
  readonly auth: 'none' | 'token' | 'oidc' | 'header';
}

const CALLERS: Readonly<Record<BannerFacts['auth'], string>> = {
  none: 'Callers are not recognised (AUTH=none): x-user-id is believed and everything is allowed. For this machine only.',
  token: 'Callers send a bearer token (AUTH=token); put one in $ANCHOR_TOKEN. npm run token -- --admin makes one.',
  oidc: 'Callers send a JWT of the issuer (AUTH=oidc); put one in $ANCHOR_TOKEN.',
  header: 'Callers are who the listed proxies say (AUTH=header); send these commands through one of them.',
};

export function banner({ serverUrl, cloudUrl, edgeUrl, dataDir, demo, auth }: BannerFacts): string {
  const json = '-H \'content-type: application/json\'';
  const who = auth === 'none' || auth === 'header' ? '' : ' -H "authorization: Bearer $ANCHOR_TOKEN"';
  const toRecord = '\'const r=JSON.parse(require("fs").readFileSync(0)).dnsInstructions; ' +
    'JSON.stringify({name:r.recordName,type:r.recordType,value:r.recordValue})\'';
  return `
  Anchor is ready at ${serverUrl}   (Swagger UI: ${serverUrl}/docs)
  Embedded cloud ${cloudUrl}, viewer's edge ${edgeUrl}, state in ${dataDir}
  ${CALLERS[auth]}

  1. See which version is served, and where the alias points:
     curl -s -H 'host: ${demo.distributionDomain}' ${edgeUrl}/
     curl -s ${cloudUrl}/2015-03-31/functions/anchor-server/aliases/live

  2. Roll back to the older deployment, look again (repeat 1), and go forward:
     curl -s${who} ${json} -d '{"targetDeploymentId":"${demo.olderDeploymentId}"}' ${serverUrl}/projects/test/rollback
     curl -s${who} ${json} -d '{"targetDeploymentId":"${demo.newerDeploymentId}"}' ${serverUrl}/projects/test/rollback

  3. Add a domain (asking again is harmless) and set the record it asks for in the embedded DNS:
     record=$(curl -s${who} ${json} -d '{"domain":"www.example.com"}' ${serverUrl}/projects/test/domains | node -p ${toRecord}); echo "$record"
     curl -s -X PUT ${json} -d "$record" ${cloudUrl}/_local/dns/records

  4. Watch it become active (some ten seconds), then visit it:
     curl -s${who} ${serverUrl}/projects/test/domains
     curl -s -H 'host: www.example.com' ${edgeUrl}/
`;
}
