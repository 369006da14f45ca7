// What a new pipeline can begin with: what each kind needs, without what only its owner knows.

const SOURCE = `host_id: auto
pipeline:
  subscriber:
    url:
  classify:
    cluster_net_masks: []
`;

const OBJECTS = `  store:
    type: buffered
    buffered:
      dirname:
      max_flows_per_object: 6000
      max_seconds_per_object: 60
      max_flow_array_size: 1000000
  write:
    type: s3
    s3:
      endpoint:
      region:
      access_key:
      secret_key:
`;

/** [{id, label, text}] */
export const STARTS = [
	{ id: "empty", label: "Empty", text: `${SOURCE}${OBJECTS}` },
	{ id: "secadvisor", label: "secadvisor", text: `${SOURCE}  transform:\n    type: secadvisor\n${OBJECTS}` },
	{
		id: "vpclogs",
		label: "vpclogs",
		text: `${SOURCE}  transform:
    type: vpclogs
  mangle:
    type: action
  action:
    # the two sides of the firewall
    tid1:
    tid2:
  storeheader:
    type: vpclogs
    vpclogs:
      vpc_crn:
  compress:
    type: gzip
${OBJECTS}`,
	},
	{
		id: "awsflowlogs",
		label: "awsflowlogs",
		text: `${SOURCE}  transform:
    type: awsflowlogs
    awsflowlogs:
      version: 5
  encode:
    type: text
  compress:
    type: gzip
${OBJECTS}`,
	},
	{
		id: "prometheus",
		label: "Prometheus",
		text: `host_id: auto
pipeline:
  subscriber:
    url:
  store:
    type: prom_sky_con
    prom_sky_con:
      port:
`,
	},
];
