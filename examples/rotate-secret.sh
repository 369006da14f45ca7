#!/usr/bin/env bash
# A new S3 secret key for all of a tenant's pipelines. See --help.
set -euo pipefail
# shellcheck source=examples/api.sh
. "$(dirname "$0")/api.sh"

usage() {
	cat <<EOF
Usage: ${0##*/} [OPTION…] TENANT
Gives all pipelines of a tenant that write to S3 a new secret key, which is read from standard input. A pipeline that has it
already goes on undisturbed; others drain and go on with the new key where they were.

  --secret-file FILE  read the secret key from a file
  --access-key KEY    the access key that belongs to it, where that changes too
  --endpoint URL      only pipelines with this endpoint
  --wait SPAN         wait until each runs again, at most this long (30s); 0s: go on to the next at once
  --dry-run           check everything, change nothing
$api_options

Needs an operator's token. Exit status: 0 when all have the key, 1 when something was refused, 2 for a mistake in the options.
EOF
}

tenant='' secret_file=/dev/stdin access_key='' endpoint='' wait=30s dry=''
while [ $# -gt 0 ]; do
	api_option "$@"
	shift "$taken"
	[ "$taken" -eq 0 ] || continue
	case $1 in
	--secret-file | --access-key | --endpoint | --wait) [ $# -ge 2 ] || refuse_usage "$1 needs a value" ;;
	esac
	case $1 in
	--dry-run) dry='dry_run=true&'; shift; continue ;;
	--secret-file) secret_file=$2 ;;
	--access-key) access_key=$2 ;;
	--endpoint) endpoint=$2 ;;
	--wait) wait=$2 ;;
	-*) refuse_usage "there is no option $1" ;;
	*) [ -z "$tenant" ] || refuse_usage "one tenant at a time"; tenant=$1; shift; continue ;;
	esac
	shift 2
done
[ -n "$tenant" ] || refuse_usage "which tenant?"
IFS= read -r secret <"$secret_file" || [ -n "$secret" ] || die "there is no secret key in $secret_file"
[ -n "$secret" ] || die "the secret key is empty"

# By pipe, as all that is secret.
patch=$(jq -cn --rawfile secret <(printf %s "$secret") --arg access "$access_key" \
	'{pipeline: {write: {s3: ({secret_key: $secret} + if $access == "" then {} else {access_key: $access} end)}}}')

pages "/v1/tenants/$(quoted "$tenant")/pipelines?fields=config"
jq -r --arg endpoint "$endpoint" 'select(.config.pipeline.write
	| .type == "s3" and ($endpoint == "" or .s3.endpoint == $endpoint)) | .name' "$work/items" >"$work/names"

changed=0 unchanged=0 failed=0
while read -r name <&3; do
	if ! call PATCH "/v1/tenants/$tenant/pipelines/$name?${dry}wait=$(quoted "$wait")" "$patch"; then
		problem "$tenant/$name"
		failed=$((failed + 1))
	elif [ "$(field .changed)" = true ]; then
		changed=$((changed + 1))
		echo "$tenant/$name: changed, $(field .status.state)"
	else
		unchanged=$((unchanged + 1))
	fi
done 3<"$work/names"

echo "$((changed + unchanged + failed)) pipelines of $tenant: $changed changed, $unchanged unchanged," \
	"$failed failed${dry:+ (dry run: nothing was changed)}"
[ "$failed" -eq 0 ]
