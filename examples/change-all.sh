#!/usr/bin/env bash
# One change to many pipelines. See --help.
set -euo pipefail
# shellcheck source=examples/api.sh
. "$(dirname "$0")/api.sh"

usage() {
	cat <<EOF
Usage: ${0##*/} [OPTION…] PATCH
Makes one change to many pipelines. PATCH is a JSON merge patch (RFC 7396), or @FILE: of the configuration,
    '{"pipeline":{"compress":{"type":"none"}}}'
or of what stands beside it (description, labels, limits, desired_state):
    '{"labels":{"tier":"gold"}}'
It is tried on all of them first: when one refuses it, nothing is changed. Each is then changed only if it is still as it was
tried (If-Match); one that somebody else has changed meanwhile is named, and kept as it is.

  --tenant NAME       only pipelines of this tenant
  --label KEY[=VALUE] only pipelines with this label; repeatable, all must hold
  --state STATE       only pipelines in this state, such as degraded
  --all               all pipelines that the token may change: needed where none of those is given
  --wait SPAN         wait until each runs again, at most this long (30s); 0s: go on to the next at once
  --dry-run           only try it
$api_options

Needs an operator's token. Exit status: 0 when all are as wanted, 1 when something was refused, 2 for a mistake in the options.
EOF
}

tenant='' query='' all='' wait=30s dry='' patch=''
while [ $# -gt 0 ]; do
	api_option "$@"
	shift "$taken"
	[ "$taken" -eq 0 ] || continue
	case $1 in
	--tenant | --label | --state | --wait) [ $# -ge 2 ] || refuse_usage "$1 needs a value" ;;
	esac
	case $1 in
	--dry-run) dry=yes; shift; continue ;;
	--all) all=yes; shift; continue ;;
	--tenant) tenant=$2 ;;
	--label) query+="&label=$(quoted "$2")" ;;
	--state) query+="&state=$(quoted "$2")" ;;
	--wait) wait=$2 ;;
	-*) refuse_usage "there is no option $1" ;;
	*) [ -z "$patch" ] || refuse_usage "one patch at a time"; patch=$1; shift; continue ;;
	esac
	shift 2
done
[ -n "$patch" ] || refuse_usage "which patch?"
[ -n "$tenant$query$all" ] || refuse_usage "which pipelines? Give --tenant, --label, --state or --all"
[[ $patch != @* ]] || patch=$(<"${patch#@}") || die "the patch cannot be read"
jq -e 'type == "object"' <<<"$patch" >/dev/null 2>&1 || refuse_usage "the patch is no JSON object"

path=/v1/pipelines
[ -z "$tenant" ] || path=/v1/tenants/$(quoted "$tenant")/pipelines
pages "$path?$query"
jq -r '"\(.tenant) \(.name)"' "$work/items" >"$work/names"

# Tried first, with the ETag of what it was tried on.
failed=0
: >"$work/tried"
while read -r of name <&3; do
	call GET "/v1/tenants/$of/pipelines/$name" || { problem "$of/$name"; failed=$((failed + 1)); continue; }
	read_etag=$etag
	if call PATCH "/v1/tenants/$of/pipelines/$name?dry_run=true" "$patch" application/merge-patch+json "$read_etag"; then
		echo "$of $name $read_etag" >>"$work/tried"
		[ -z "$dry" ] || echo "$of/$name: would change: $(field .changed), then: $(field .action)"
	else
		problem "$of/$name"
		failed=$((failed + 1))
	fi
done 3<"$work/names"
total=$(wc -l <"$work/names")
if [ "$failed" -gt 0 ] || [ -n "$dry" ]; then
	echo "$total pipelines: $failed would refuse; nothing was changed"
	[ "$failed" -eq 0 ]
	exit
fi

changed=0 unchanged=0
while read -r of name read_etag <&3; do
	if ! call PATCH "/v1/tenants/$of/pipelines/$name?wait=$(quoted "$wait")" "$patch" application/merge-patch+json "$read_etag"; then
		problem "$of/$name"
		failed=$((failed + 1))
	elif [ "$etag" != "$read_etag" ] || [ "$(field .action)" != none ]; then
		changed=$((changed + 1))
		echo "$of/$name: changed, $(field .status.state)"
	else
		unchanged=$((unchanged + 1))
	fi
done 3<"$work/tried"
echo "$total pipelines: $changed changed, $unchanged unchanged, $failed failed"
[ "$failed" -eq 0 ]
